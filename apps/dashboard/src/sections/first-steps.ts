import { markup, type Markup } from '../html/markup.js';

const FIRST_JOB = { kind: 'command', input: { argv: ['node', '-e', 'setTimeout(() => {}, 3000)'] } };

/** What somebody can do who has just started everything. */
export function firstSteps(apiUrl: string): Markup {
  const call = `curl ${apiUrl}/v1/jobs -H 'content-type: application/json' \\\n  -d '${JSON.stringify(FIRST_JOB)}'`;
  return markup`<div class="first-steps"><p>Submit a first job from a terminal and watch it here:</p><pre><code>${call}</code></pre></div>`;
}

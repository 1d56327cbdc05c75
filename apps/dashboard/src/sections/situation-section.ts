import { JOB_STATES, wholeText, type JobState } from '@leeway/contract';
import type { Overview } from '../data/overview.js';
import { situation } from '../data/situation.js';
import { markup, type Markup } from '../html/markup.js';

/** The state of the whole in a sentence, the number of jobs in each state, and on the first day how to submit one. */
export function situationSection(overview: Overview, apiUrl: string): Markup {
  const { counts } = overview;
  const isEmpty = Object.values(counts).every((count) => count === 0);
  return markup`<p class="situation">${situation(overview)}</p>${stateCounts(counts)}${isEmpty && firstSteps(apiUrl)}`;
}

/** Each count links to the list of its jobs. States without jobs are left out. */
function stateCounts(counts: Record<JobState, number>): Markup {
  const states = JOB_STATES.filter((state) => counts[state] > 0);
  if (states.length === 0) return markup``;
  return markup`<ul class="counts" aria-label="Jobs by state">${states.map((state) => markup`<li data-key="${state}"><a href="/jobs?state=${state}"><strong>${wholeText(counts[state])}</strong> ${state}</a></li>`)}</ul>`;
}

const FIRST_JOB = { kind: 'command', input: { argv: ['node', '-e', 'setTimeout(() => {}, 3000)'] } };

function firstSteps(apiUrl: string): Markup {
  const call = `curl ${apiUrl}/v1/jobs -H 'content-type: application/json' \\\n  -d '${JSON.stringify(FIRST_JOB)}'`;
  return markup`<div class="first-steps"><p>Submit a first job from a terminal and watch it here:</p><pre><code>${call}</code></pre></div>`;
}

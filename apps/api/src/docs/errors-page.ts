import { CAUSES, ERRORS } from '@leeway/contract';
import { escape, page } from './page.js';

/** The page of error codes and of the causes of jobs that did not succeed. The `type` of a problem document links to it. */
export function errorsPage(): string {
  const codes = Object.entries(ERRORS).map(
    ([code, { status, title, advice }]) =>
      `<tr id="${code}"><td><code>${code}</code></td><td>${status}</td><td>${escape(title)}.</td><td>${escape(advice)}</td></tr>`,
  );
  const causes = Object.entries(CAUSES).map(
    ([cause, sentence]) => `<tr id="cause-${cause}"><td><code>${cause}</code></td><td>${escape(sentence)}</td></tr>`,
  );
  return page(
    'Leeway errors',
    `<h1>Errors</h1>
<p>A refused call replies with a problem document (RFC 9457) that has one of these codes in <code>code</code>. Codes are stable; texts may change. <a href="/docs">All calls</a></p>
<div class="wide"><table><thead><tr><th>Code</th><th>Status</th><th>What it means</th><th>What to do</th></tr></thead><tbody>${codes.join('')}</tbody></table></div>
<h2>Causes</h2>
<p>The field <code>cause</code> of a job or an attempt: why it did not succeed.</p>
<div class="wide"><table><thead><tr><th>Cause</th><th>What it means</th></tr></thead><tbody>${causes.join('')}</tbody></table></div>`,
  );
}

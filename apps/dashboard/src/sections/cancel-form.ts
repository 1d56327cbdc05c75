import { markup, type Markup } from '../html/markup.js';
import { jobPath } from './job-link.js';

/** Longest reason that is kept with a cancelled job. */
export const REASON_LENGTH = 200;

/** Works without scripts; the server accepts it only from its own pages. */
export function cancelForm(id: string): Markup {
  return markup`<details class="action"><summary>Cancel this job…</summary>
<form method="post" action="${jobPath(id)}/cancel"><label>Reason <input name="reason" maxlength="${REASON_LENGTH}" placeholder="optional" autocomplete="off"></label>
<button>Cancel the job</button> <span class="muted">A running attempt is asked to stop, and ended by force after the grace.</span></form></details>`;
}

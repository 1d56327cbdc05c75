import { controlsOf, isFinal, type Control, type Job } from '@leeway/contract';
import { markup, type Markup } from '../html/markup.js';
import { jobPath } from './job-link.js';

/** The controls that have a form on the page of a job; each is a POST to `/jobs/<id>/<control>`. */
export const PAGE_CONTROLS = ['pause', 'resume', 'retry', 'cancel'] as const satisfies readonly Control[];
export type PageControl = (typeof PAGE_CONTROLS)[number];

/** Longest reason that is kept with a cancelled job. */
export const REASON_LENGTH = 200;

/** Forms for what is possible now. They work without scripts; the server accepts them from its own pages only. */
export function controlForms(job: Job, nowMs: number): Markup {
  const possible = controlsOf(job, nowMs);
  const shown = PAGE_CONTROLS.filter((control) => possible.includes(control));
  return markup`<div class="controls">${shown.map((control) => form(job.id, control))}${retryHint(job)}</div>`;
}

/** A step that has ended has no controls; its workflow has them. */
function retryHint({ workflow, state }: Job): Markup | false {
  if (workflow === null || !isFinal(state) || state === 'succeeded') return false;
  return markup`<p class="muted">A step is tried again together with <a href="${jobPath(workflow.id)}">its workflow</a>.</p>`;
}

const BUTTONS: Record<Exclude<PageControl, 'cancel'>, { text: string; meaning: string }> = {
  pause: {
    text: 'Pause',
    meaning: 'A waiting job is kept back; the process of a running command is suspended, and its time limits with it',
  },
  resume: { text: 'Resume', meaning: 'Continues where it was paused' },
  retry: { text: 'Try again', meaning: 'Gives the job new attempts' },
};

function form(id: string, control: PageControl): Markup {
  if (control === 'cancel') return cancelForm(id);
  const { text, meaning } = BUTTONS[control];
  return markup`<form method="post" action="${jobPath(id)}/${control}" data-key="${control}"><button title="${meaning}">${text}</button></form>`;
}

/** Folded away, since a cancelled job loses its work. */
function cancelForm(id: string): Markup {
  return markup`<details data-key="cancel"><summary>Cancel this job…</summary>
<form method="post" action="${jobPath(id)}/cancel"><label>Reason <input name="reason" maxlength="${REASON_LENGTH}" placeholder="optional" autocomplete="off"></label>
<button>Cancel the job</button> <span class="muted">A running attempt is asked to stop, and ended by force if it does not.</span></form></details>`;
}

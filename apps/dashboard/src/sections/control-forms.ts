import type { JobState } from '@leeway/contract';
import { markup, type Markup } from '../html/markup.js';
import { jobPath } from './job-link.js';

/** What somebody can do with a job on its page; each is a POST to `/jobs/<id>/<control>`. */
export const CONTROLS = ['cancel', 'pause', 'resume', 'retry'] as const;
export type Control = (typeof CONTROLS)[number];

/** Longest reason that is kept with a cancelled job. */
export const REASON_LENGTH = 200;

const POSSIBLE: Record<JobState, readonly Control[]> = {
  scheduled: ['pause', 'cancel'],
  queued: ['pause', 'cancel'],
  running: ['pause', 'cancel'],
  paused: ['resume', 'cancel'],
  succeeded: [],
  failed: ['retry'],
  cancelled: ['retry'],
};

/** Forms for what is possible in this state. They work without scripts; the server takes them from its own pages only. */
export function controlForms(id: string, state: JobState): Markup {
  return markup`<div class="controls">${POSSIBLE[state].map((control) => form(id, control))}</div>`;
}

const WORDS: Record<Exclude<Control, 'cancel'>, { text: string; meaning: string }> = {
  pause: {
    text: 'Pause',
    meaning:
      'A waiting job is parked; the process of a running command is stopped where it stands, and its clocks stand too',
  },
  resume: { text: 'Go on', meaning: 'It goes on where it was stopped' },
  retry: { text: 'Try again', meaning: 'It gets new attempts' },
};

function form(id: string, control: Control): Markup {
  if (control === 'cancel') return cancelForm(id);
  const { text, meaning } = WORDS[control];
  return markup`<form method="post" action="${jobPath(id)}/${control}" data-key="${control}"><button title="${meaning}">${text}</button></form>`;
}

/** Behind a fold: what is cancelled is lost. */
function cancelForm(id: string): Markup {
  return markup`<details data-key="cancel"><summary>Cancel this job…</summary>
<form method="post" action="${jobPath(id)}/cancel"><label>Reason <input name="reason" maxlength="${REASON_LENGTH}" placeholder="optional" autocomplete="off"></label>
<button>Cancel the job</button> <span class="muted">A running attempt is asked to stop, and ended by force after the grace.</span></form></details>`;
}

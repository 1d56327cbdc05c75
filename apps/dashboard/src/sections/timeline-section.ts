import { durationText, type JobEvent, type JobEventType } from '@leeway/contract';
import { markup, type Markup } from '../html/markup.js';
import { clockTime } from '../html/time-text.js';
import { eventDetail } from './event-detail.js';

const TEXTS: Record<JobEventType, string> = {
  submitted: 'Submitted',
  started: 'Attempt started',
  output: 'Output',
  progress: 'Progress',
  extended: 'Deadline extended',
  phase: 'Phase started',
  monitor: 'Output changed its character',
  marker: 'Work reported as done',
  waiting: 'Waiting for a person; time limits are paused',
  late: 'Late: longer than 19 of 20 runs like it',
  attempt_ended: 'Attempt ended',
  retrying: 'Retry scheduled',
  lost: 'Worker lost; requeued for another one',
  released: 'Worker is shutting down; requeued for another one',
  deferred: 'Provider takes no calls now; requeued to wait for it',
  limits_changed: 'Limits changed',
  pause_requested: 'Pause requested',
  paused: 'Paused; time limits are paused',
  resumed: 'Resumed; time limits continue',
  retried: 'Given new attempts',
  cancel_requested: 'Cancel requested',
  step_queued: 'Step queued',
  step_started: 'Step started',
  step_extended: 'Step got more time',
  step_ended: 'Step ended',
  finished: 'Job ended',
  webhook_ended: 'Webhook delivered, or given up',
};

export function timelineSection(events: readonly JobEvent[]): Markup {
  const first = events[0];
  if (first === undefined)
    return markup`<p class="empty">No events are stored. They are kept for a shorter time than the job.</p>`;
  const startMs = Date.parse(first.at);
  return markup`<ol class="timeline">${events.map((event) => entry(event, startMs))}</ol>`;
}

function entry(event: JobEvent, startMs: number): Markup {
  const afterMs = Date.parse(event.at) - startMs;
  const attempt = event.attempt !== null && markup` <span class="muted">attempt ${event.attempt}</span>`;
  return markup`<li data-key="${event.id}" class="${event.type}">${clockTime(event.at)} <span class="after">+${durationText(afterMs)}</span> <span>${TEXTS[event.type]}${attempt}<span class="muted detail">${eventDetail(event)}</span></span></li>`;
}

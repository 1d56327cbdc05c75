import { durationText, type JobEvent, type JobEventType } from '@leeway/contract';
import { markup, type Markup } from '../html/markup.js';
import { clockTime } from '../html/time-text.js';
import { eventDetail } from './event-detail.js';

const WORDS: Record<JobEventType, string> = {
  submitted: 'Submitted',
  started: 'An attempt began',
  output: 'Output',
  progress: 'Progress',
  extended: 'The deadline was extended',
  phase: 'A phase began',
  monitor: 'Its stream changed',
  marker: 'It said that its work is done',
  waiting: 'Waits for a person; its clocks stand',
  late: 'Late: longer than 19 of 20 runs like it',
  attempt_ended: 'The attempt ended',
  retrying: 'Will be tried again',
  lost: 'The worker was lost; another one takes over',
  released: 'The worker is shutting down; another one takes over',
  deferred: 'The provider takes no calls now; the job waits for it',
  limits_changed: 'Somebody changed its limits',
  pause_requested: 'Somebody asked to pause it',
  paused: 'Paused; its clocks stand',
  resumed: 'Goes on; its clocks run again',
  retried: 'Somebody asked to try it again',
  cancel_requested: 'Somebody asked to cancel it',
  step_queued: 'A step is ready',
  step_started: 'A step began',
  step_extended: 'A step got more time',
  step_ended: 'A step ended',
  finished: 'The job ended',
  webhook_ended: 'Its webhook was told, or given up',
};

export function timelineSection(events: readonly JobEvent[]): Markup {
  const first = events[0];
  if (first === undefined)
    return markup`<p class="empty">No events are stored; they are kept for a shorter time than the job itself.</p>`;
  const startMs = Date.parse(first.at);
  return markup`<ol class="timeline">${events.map((event) => entry(event, startMs))}</ol>`;
}

function entry(event: JobEvent, startMs: number): Markup {
  const afterMs = Date.parse(event.at) - startMs;
  const attempt = event.attempt !== null && markup` <span class="muted">attempt ${event.attempt}</span>`;
  return markup`<li data-key="${event.id}" class="${event.type}">${clockTime(event.at)} <span class="after">+${durationText(afterMs)}</span> <span>${WORDS[event.type]}${attempt}<span class="muted detail">${eventDetail(event)}</span></span></li>`;
}

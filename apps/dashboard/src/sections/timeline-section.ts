import { CAUSES, type Cause, type JobEvent, type JobEventType } from '@leeway/contract';
import { durationText } from '../html/duration-text.js';
import { markup, type Markup } from '../html/markup.js';
import { clockTime } from '../html/time-text.js';

const WORDS: Record<JobEventType, string> = {
  submitted: 'Submitted',
  started: 'An attempt began',
  output: 'Output',
  progress: 'Progress',
  extended: 'The deadline was extended',
  late: 'Late: longer than 19 of 20 runs like it',
  attempt_ended: 'The attempt ended',
  retrying: 'Will be tried again',
  lost: 'The worker was lost; another one takes over',
  handed_back: 'The worker is shutting down; another one takes over',
  cancel_requested: 'Somebody asked to cancel it',
  finished: 'The job ended',
};

/** Longest detail of one event; output and results have their own places. */
const DETAIL_LENGTH = 300;

export function timelineSection(events: readonly JobEvent[]): Markup {
  const first = events[0];
  if (first === undefined) return markup`<p class="empty">No events are stored; they are kept for a shorter time than the job itself.</p>`;
  const startMs = Date.parse(first.at);
  return markup`<ol class="timeline">${events.map((event) => entry(event, startMs))}</ol>`;
}

function entry(event: JobEvent, startMs: number): Markup {
  const afterMs = Date.parse(event.at) - startMs;
  const attempt = event.attempt !== null && markup` <span class="muted">attempt ${event.attempt}</span>`;
  return markup`<li data-key="${event.id}" class="${event.type}">${clockTime(event.at)} <span class="after">+${durationText(afterMs)}</span> <span>${WORDS[event.type]}${attempt}${detail(event)}</span></li>`;
}

function detail({ data }: JobEvent): Markup | null {
  if (data === null || typeof data !== 'object' || Object.keys(data).length === 0) return null;
  const { cause, ...rest } = data as { cause?: unknown };
  const why = typeof cause === 'string' && cause in CAUSES ? CAUSES[cause as Cause] : null;
  const facts = Object.entries(rest).filter(([, value]) => value !== null && value !== '');
  const text = facts.map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`).join(', ');
  return markup`<span class="muted detail">${why}${why !== null && text !== '' && ' '}${text.slice(0, DETAIL_LENGTH)}</span>`;
}

import type { Lateness, RunningAttempt } from '../data/running-attempt.js';
import { badge, type Tone } from '../html/badge.js';
import { deadlineBar } from '../html/deadline-bar.js';
import { durationOrDash, durationText } from '../html/duration-text.js';
import { markup, type Markup } from '../html/markup.js';
import { countText } from '../html/number-text.js';
import { table, type Column } from '../html/table.js';
import { jobLink } from './job-link.js';

export interface RunningSection {
  attempts: readonly RunningAttempt[];
  /** Attempts that run; may be more than are listed. */
  total: number;
  /** A heartbeat older than this means that the worker is lost, in milliseconds. */
  lostAfterMs: number;
}

export function runningSection({ attempts, total, lostAfterMs }: RunningSection): Markup {
  return markup`${table({
    caption: 'Attempts that are running now',
    columns: columns(lostAfterMs),
    rows: attempts,
    key: ({ job, attempt }) => `${job.id}.${attempt.number}`,
    empty: 'Nothing is running. Submitted jobs appear here as soon as a worker takes them.',
  })}${total > attempts.length && markup`<p class="muted">and ${countText(total - attempts.length, 'more attempt')}</p>`}`;
}

function columns(lostAfterMs: number): Column<RunningAttempt>[] {
  return [
    { title: 'Job', meaning: 'What runs; the page of the job is behind the link', cell: ({ job }) => jobLink(job) },
    { title: 'Class', meaning: 'Runs of the same class are what the deadline was learned from', cell: ({ job }) => markup`<code>${job.class}</code>` },
    { title: 'Worker', meaning: 'The process that runs it, and which attempt this is', cell: workerCell },
    { title: 'Elapsed', meaning: 'Time since this attempt began, on the way to its deadline', cell: elapsedCell },
    { title: 'Left', meaning: 'Time until it is ended if it does not end by itself', numeric: true, cell: ({ remainingMs }) => durationOrDash(remainingMs) },
    { title: 'Heartbeat', meaning: 'When its worker last vouched for it', numeric: true, cell: (attempt) => heartbeatCell(attempt, lostAfterMs) },
    { title: 'Pace', meaning: 'Compared with runs like it', cell: ({ lateness }) => latenessBadge(lateness) },
  ];
}

function workerCell({ job, attempt }: RunningAttempt): Markup {
  const which = attempt.number === 1 ? 'first attempt' : `attempt ${attempt.number}`;
  const losses = job.losses > 0 && markup`, ${countText(job.losses, 'worker')} lost`;
  return markup`<code>${attempt.worker}</code><span class="muted">${which}${losses}</span>`;
}

function elapsedCell(attempt: RunningAttempt): Markup {
  const { elapsedMs, deadlineMs } = attempt;
  return markup`${deadlineBar(attempt)}<span class="muted">${durationText(elapsedMs)}${deadlineMs !== null && ` of ${durationText(deadlineMs)}`}</span>`;
}

function heartbeatCell({ heartbeatAgeMs }: RunningAttempt, lostAfterMs: number): Markup {
  if (heartbeatAgeMs === null) return markup`<span class="muted">not yet</span>`;
  if (heartbeatAgeMs <= lostAfterMs) return markup`${durationText(heartbeatAgeMs)} ago`;
  return markup`<span class="alarming" title="Older than a worker that lives would let it get">${durationText(heartbeatAgeMs)} ago !</span>`;
}

const LATENESS: Record<Lateness, { tone: Tone; text: string; meaning: string }> = {
  on_time: { tone: 'good', text: 'on time', meaning: 'Within the time that 19 of 20 runs like it take' },
  late: { tone: 'warn', text: 'late', meaning: 'Longer than 19 of 20 runs like it; shown, never a reason to end it' },
  overdue: { tone: 'bad', text: 'being ended', meaning: 'Past its deadline: it was asked to stop and is ended by force after the grace' },
  unknown: { tone: 'quiet', text: 'no history', meaning: 'Too few runs like it have ended to say what is usual' },
};

export function latenessBadge(lateness: Lateness): Markup {
  const { tone, text, meaning } = LATENESS[lateness];
  return badge(tone, text, meaning);
}

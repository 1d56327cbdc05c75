import { countText, durationText } from '@leeway/contract';
import { remaining } from '@leeway/estimator';
import type { Lateness, RunningAttempt } from '../data/running-attempt.js';
import { badge, type Tone } from '../html/badge.js';
import { deadlineBar } from '../html/deadline-bar.js';
import { markup, type Markup } from '../html/markup.js';
import { table, type Column } from '../html/table.js';
import { jobLink } from './job-link.js';
import { ageText } from '../html/figures.js';

export interface RunningSection {
  attempts: readonly RunningAttempt[];
  /** Further jobs, which are not among the attempts. */
  notShown: number;
  /** Age in ms of a heartbeat after which the worker counts as lost. */
  lostAfterMs: number;
}

export function runningSection({ attempts, notShown, lostAfterMs }: RunningSection): Markup {
  return markup`${table({
    caption: 'Attempts that are running now',
    columns: columns(lostAfterMs),
    rows: attempts,
    key: ({ job, attempt }) => `${job.id}.${attempt.number}`,
    empty: 'Nothing is running. Submitted jobs appear here as soon as a worker takes them.',
  })}${notShown > 0 && markup`<p class="muted">and ${countText(notShown, 'more job')}</p>`}`;
}

function columns(lostAfterMs: number): Column<RunningAttempt>[] {
  return [
    {
      title: 'Job and class',
      meaning: 'What the job runs, with a link to its page, and the class of work that its deadline was learned from',
      cell: ({ job }) => jobLink(job),
    },
    {
      title: 'Elapsed',
      meaning: 'Time since this attempt started, as a part of the time to its deadline',
      wide: true,
      cell: elapsedCell,
    },
    {
      title: 'Left',
      meaning: 'Time that runs like it still needed at this point, and the time to its deadline',
      numeric: true,
      cell: leftCell,
    },
    { title: 'Pace', meaning: 'Compared with runs like it', cell: ({ lateness }) => latenessBadge(lateness) },
    { title: 'Worker', meaning: 'The process that runs it, and which attempt this is', cell: workerCell },
    {
      title: 'Last heartbeat',
      meaning: 'The newest sign of life of its worker; two are sent each second',
      numeric: true,
      cell: (attempt) => heartbeatCell(attempt, lostAfterMs),
    },
  ];
}

function workerCell({ job, attempt }: RunningAttempt): Markup {
  const which = attempt.number === 1 ? 'first attempt' : `attempt ${attempt.number}`;
  const losses = job.losses > 0 && markup`, ${countText(job.losses, 'worker')} lost`;
  return markup`<code>${attempt.worker}</code><span class="muted">${which}${losses}</span>`;
}

/** Elapsed time as a part of the time to the deadline, as a bar and as text. */
export function elapsedCell(attempt: RunningAttempt): Markup {
  const { elapsedMs, deadlineMs, lateness, isWithoutTimeout } = attempt;
  if (lateness === 'paused') return markup`<span class="muted">Suspended.</span>`;
  if (isWithoutTimeout) return markup`${durationText(elapsedMs)} so far<span class="muted">no timeout</span>`;
  return markup`${deadlineBar(attempt)}<span class="muted">${durationText(elapsedMs)}${deadlineMs !== null && ` of ${durationText(deadlineMs)}`}</span>`;
}

/** The remaining time of half of the runs that got this far, and the time to the deadline. */
function leftCell({ decision, elapsedMs, remainingMs, isWithoutTimeout }: RunningAttempt): Markup {
  if (remainingMs === null && !isWithoutTimeout) return markup`—`;
  if (remainingMs === 0) return markup`none`;
  const usual = decision === null ? null : remaining(decision, elapsedMs);
  const likely =
    usual !== null &&
    usual.expectedMs >= 1 &&
    markup`<span title="Half of the runs that got this far needed no longer">about ${durationText(usual.expectedMs)}</span>`;
  if (remainingMs === null) return markup`${likely}<span class="muted" title="${decision?.sentence}">no timeout</span>`;
  return markup`${likely}<span class="muted" title="It is ended after that">at most ${durationText(remainingMs)}</span>`;
}

function heartbeatCell({ heartbeatAgeMs }: RunningAttempt, lostAfterMs: number): Markup {
  if (heartbeatAgeMs === null) return markup`<span class="muted">not yet</span>`;
  if (heartbeatAgeMs <= lostAfterMs) return markup`${ageText(heartbeatAgeMs)}`;
  return markup`<span class="alarming" title="Older than that of a worker which is alive">${ageText(heartbeatAgeMs)} !</span>`;
}

const LATENESS: Record<Lateness, { tone: Tone; text: string; meaning: string }> = {
  on_time: { tone: 'good', text: 'on time', meaning: 'Within the time that 19 of 20 runs like it take' },
  late: {
    tone: 'warn',
    text: 'late',
    meaning: 'Longer than 19 of 20 runs like it. Shown, and never a reason to end it',
  },
  overdue: {
    tone: 'bad',
    text: 'being ended',
    meaning: 'Past its deadline: it was asked to stop, and is ended by force if it does not',
  },
  paused: { tone: 'warn', text: 'paused', meaning: 'Its process is suspended, and its time limits are paused' },
  unknown: { tone: 'quiet', text: 'no history', meaning: 'Too few runs like it have ended to compare with' },
};

export function latenessBadge(lateness: Lateness): Markup {
  const { tone, text, meaning } = LATENESS[lateness];
  return badge(tone, text, meaning);
}

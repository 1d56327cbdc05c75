import { durationText, CAUSES, isWithoutTimeout, type Attempt, type Outcome } from '@leeway/contract';
import type { RunningAttempt } from '../data/running-attempt.js';
import { badge, type Tone } from '../html/badge.js';
import { deadlineBar } from '../html/deadline-bar.js';
import { markup, type Markup } from '../html/markup.js';
import { table, type Column } from '../html/table.js';
import { clockTime } from '../html/time-text.js';
import { elapsedCell, latenessBadge } from './running-section.js';
import { agoText } from '../html/figures.js';

export interface AttemptsSection {
  attempts: readonly Attempt[];
  /** The open one of them. */
  running: RunningAttempt | undefined;
}

export function attemptsSection({ attempts, running }: AttemptsSection): Markup {
  return table({
    caption: 'Attempts of this job',
    columns: columns(running),
    rows: attempts,
    key: (attempt) => String(attempt.number),
    empty: 'No attempt has started yet.',
  });
}

function columns(running: RunningAttempt | undefined): Column<Attempt>[] {
  const isOpen = (attempt: Attempt) => running?.attempt.number === attempt.number;
  return [
    {
      title: 'Attempt',
      meaning: 'Numbered from 1; no number is used twice',
      cell: ({ number }) => markup`<strong>${number}</strong>`,
    },
    { title: 'Worker', meaning: 'The process that ran it', cell: ({ worker }) => markup`<code>${worker}</code>` },
    { title: 'Started', meaning: 'Clock time, UTC', cell: ({ startedAt }) => clockTime(startedAt) },
    {
      title: 'Took',
      meaning: 'Duration, as a part of the time to its deadline',
      wide: true,
      cell: (attempt) => (isOpen(attempt) && running !== undefined ? elapsedCell(running) : endedCell(attempt)),
    },
    {
      title: 'Last heartbeat',
      meaning: 'The newest sign of life of its worker; two are sent each second',
      cell: (attempt) => (isOpen(attempt) ? heartbeatText(running) : '—'),
    },
    {
      title: 'Outcome',
      meaning: 'How it ended',
      cell: (attempt) =>
        isOpen(attempt) && running !== undefined ? latenessBadge(running.lateness) : outcomeCell(attempt),
    },
  ];
}

function endedCell({ durationMs, decision, allowedMs, cause }: Attempt): Markup {
  if (durationMs === null) return markup`—`;
  if (decision !== null && isWithoutTimeout(decision))
    return markup`${durationText(durationMs)}<span class="muted">no timeout</span>`;
  const deadlineMs = allowedMs;
  const bar = deadlineBar({
    elapsedMs: durationMs,
    deadlineMs,
    expectedMs: decision?.expectedMs ?? null,
    lateMs: decision?.lateMs ?? null,
    lateness: cause === 'deadline' ? 'overdue' : 'on_time',
  });
  if (deadlineMs === null) return bar;
  const extended = decision !== null && deadlineMs - decision.deadlineMs > 1;
  return markup`${bar}<span class="muted">${durationText(durationMs)} of ${durationText(deadlineMs)}${extended && `, ${durationText(decision.deadlineMs)} at first`}</span>`;
}

function heartbeatText(running: RunningAttempt | undefined): string {
  const ageMs = running?.heartbeatAgeMs ?? null;
  return ageMs === null ? 'not yet' : agoText(ageMs);
}

const OUTCOMES: Record<Outcome, { tone: Tone; text: string; meaning: string }> = {
  succeeded: { tone: 'good', text: 'succeeded', meaning: 'It returned a result' },
  failed: { tone: 'bad', text: 'failed', meaning: 'The work itself failed' },
  stopped: { tone: 'bad', text: 'stopped', meaning: 'It was ended by a time limit or another rule' },
  cancelled: { tone: 'quiet', text: 'cancelled', meaning: 'Somebody cancelled the job' },
  lost: {
    tone: 'warn',
    text: 'worker lost',
    meaning:
      'Its worker died, froze or lost its connection, so the job was requeued; this does not count as one of its attempts',
  },
  released: {
    tone: 'quiet',
    text: 'released',
    meaning: 'Its worker was shutting down, so the job was requeued; this does not count as one of its attempts',
  },
  deferred: {
    tone: 'quiet',
    text: 'deferred',
    meaning:
      'Its provider took no calls, so the job was requeued to wait for it; this does not count as one of its attempts',
  },
};

function outcomeCell({ outcome, cause, partial }: Attempt): Markup {
  if (outcome === null) return markup`—`;
  const { tone, text, meaning } = OUTCOMES[outcome];
  const why = explanation(outcome, cause);
  const keptOutput = partial && (outcome === 'stopped' || outcome === 'cancelled');
  return markup`${badge(tone, text, meaning)}${why !== null && markup`<span class="muted">${why}</span>`}${keptOutput && markup`<span class="muted">Its output so far was kept.</span>`}`;
}

/** The meaning of an outcome that is no failure of the job, else the cause in words. */
function explanation(outcome: Outcome, cause: Attempt['cause']): string | null {
  if (outcome === 'lost' || outcome === 'released' || outcome === 'deferred') return `${OUTCOMES[outcome].meaning}.`;
  return cause === null ? null : CAUSES[cause];
}

import {
  countText,
  durationText,
  CAUSES,
  isWithoutTimeout,
  type Attempt,
  type Decision,
  type Job,
} from '@leeway/contract';
import { stateBadge } from '../html/badge.js';
import { markup, type Markup } from '../html/markup.js';
import { table, type Column } from '../html/table.js';
import { jobLink } from './job-link.js';
import { agoText, durationOrDash } from '../html/figures.js';

export function recentSection(jobs: readonly Job[], nowMs: number): Markup {
  return table({
    caption: 'Jobs that ended recently, newest first',
    columns: columns(nowMs),
    rows: jobs,
    key: (job) => job.id,
    empty: 'No job has ended yet.',
  });
}

function columns(nowMs: number): Column<Job>[] {
  return [
    {
      title: 'Job and class',
      meaning: 'What the job ran, with a link to its page, and the class of work that its deadline was learned from',
      cell: jobLink,
    },
    { title: 'Outcome', meaning: 'How it ended', cell: (job) => stateBadge(job.state) },
    { title: 'Why', meaning: 'The reason, for a job that did not succeed', wide: true, cell: whyCell },
    {
      title: 'Took',
      meaning: 'Duration of its last attempt, and the deadline that it had',
      numeric: true,
      cell: (job) => tookCell(job.attempts.at(-1)),
    },
    {
      title: 'Ended',
      meaning: 'Time since it ended',
      numeric: true,
      cell: (job) => (job.finishedAt === null ? '—' : agoText(nowMs - Date.parse(job.finishedAt))),
    },
  ];
}

function whyCell(job: Job): Markup {
  const ran =
    job.attempts.length > 1 && markup`<span class="muted">${countText(job.attempts.length, 'attempt')}</span>`;
  if (job.cause === null) return markup`${job.state === 'succeeded' ? 'Ended by itself.' : '—'}${ran}`;
  return markup`${CAUSES[job.cause]}${savedNote(job)}${ran}`;
}

function savedNote({ savedMs }: Job): Markup | null {
  if (savedMs === null || savedMs <= 0) return null;
  return markup`<span class="muted">${durationText(savedMs)} earlier than the fixed limit would have</span>`;
}

function tookCell(attempt: Attempt | undefined): Markup {
  if (attempt === undefined) return markup`<span class="muted">never ran</span>`;
  return markup`${durationOrDash(attempt.durationMs)}${attempt.decision !== null && allowedNote(attempt.decision)}`;
}

function allowedNote(decision: Decision): Markup {
  const allowed = isWithoutTimeout(decision) ? ', no timeout' : ` of ${durationText(decision.deadlineMs)}`;
  return markup`<span class="of">${allowed}</span>`;
}

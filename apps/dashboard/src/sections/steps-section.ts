import {
  durationText,
  percentText,
  CAUSES,
  type Budget,
  type Job,
  type StepInfo,
  type StepState,
} from '@leeway/contract';
import { badge, stateBadge } from '../html/badge.js';
import { deadlineBar } from '../html/deadline-bar.js';
import { markup, type Markup } from '../html/markup.js';
import { table, type Column } from '../html/table.js';
import { jobPath } from './job-link.js';
import { durationOrDash } from '../html/figures.js';

/** The time of a workflow, and its steps with the time that each got and used. */
export function stepsSection({ steps, budget }: Pick<Job, 'steps' | 'budget'>, nowMs: number): Markup {
  if (steps === null || budget === null) return markup``;
  return markup`${budgetLine(budget, nowMs)}${table({
    caption: 'Steps of this workflow',
    columns: columns(nowMs),
    rows: steps,
    key: ({ name }) => name,
    empty: 'It has no steps.',
  })}`;
}

/** Used time of a workflow. Steps that run at the same time use it once. */
export function spentMs({ spentMs: before, workingSince }: Budget, nowMs: number): number {
  return before + (workingSince === null ? 0 : Math.max(0, nowMs - Date.parse(workingSince)));
}

function budgetLine(budget: Budget, nowMs: number): Markup {
  const spent = spentMs(budget, nowMs);
  const whole = { elapsedMs: spent, deadlineMs: budget.totalMs, expectedMs: null, lateMs: null };
  const mode = budget.mode !== null && ` (mode ${budget.mode})`;
  const activity = budget.workingSince === null ? 'no step is running now' : 'running';
  return markup`<p class="budget">${deadlineBar({ ...whole, lateness: spent < budget.totalMs ? 'on_time' : 'overdue' })}
<span>${durationText(spent)} of ${durationText(budget.totalMs)}${mode} used; ${activity}. Steps that run at the same time use this time once.</span></p>`;
}

function columns(nowMs: number): Column<StepInfo>[] {
  return [
    { title: 'Step', meaning: 'Its name, with a link to its job', cell: nameCell },
    {
      title: 'Needs',
      meaning: 'Steps that have to end before it starts',
      cell: ({ needs }) => (needs.length === 0 ? '—' : needs.join(', ')),
    },
    { title: 'State', meaning: 'Waiting, running, or how it ended', cell: stateCell },
    {
      title: 'Share',
      meaning: 'Its share of the whole time. It gets at least that if earlier steps do not use more than theirs',
      numeric: true,
      cell: ({ share }) => percentText(share),
    },
    {
      title: 'Allotted',
      meaning: 'Time that it may use, decided when it started, and what it borrowed from later steps',
      numeric: true,
      cell: ({ allocationMs }) => durationOrDash(allocationMs),
    },
    {
      title: 'Used',
      meaning: 'Duration of its attempts, as a part of the allotted time',
      wide: true,
      cell: (step) => usedCell(step, nowMs),
    },
  ];
}

function nameCell({ name, job, critical, class: className }: StepInfo): Markup {
  const shown =
    job === null ? markup`<strong>${name}</strong>` : markup`<a class="job" href="${jobPath(job)}">${name}</a>`;
  return markup`${shown}<span class="muted origin"><code title="Class of work, from which its deadline is learned">${className}</code>${critical && ' · critical'}</span>`;
}

function stateCell({ state, cause, onFailure }: StepInfo): Markup {
  const why = cause !== null && markup`<span class="muted">${CAUSES[cause]}</span>`;
  const continues =
    state === 'failed' &&
    onFailure === 'continue' &&
    markup`<span class="muted">The workflow continues without it.</span>`;
  return markup`${stepBadge(state)}${why}${continues}`;
}

function stepBadge(state: StepState): Markup {
  if (state === 'waiting') return badge('quiet', 'waiting', 'Waiting for the steps that it needs');
  if (state === 'skipped') return badge('quiet', 'skipped', 'The workflow ended before this step started');
  return stateBadge(state);
}

function usedCell(step: StepInfo, nowMs: number): Markup {
  const { allocationMs, state } = step;
  const used = usedMs(step, nowMs);
  if (used === null) return markup`—`;
  const over = allocationMs !== null && used > allocationMs;
  const bar = { elapsedMs: used, deadlineMs: allocationMs, expectedMs: null, lateMs: null };
  return markup`${deadlineBar({ ...bar, lateness: over && state !== 'succeeded' ? 'overdue' : 'on_time' })}<span class="muted">${durationText(used)}${allocationMs !== null && ` of ${durationText(allocationMs)}`}</span>`;
}

function usedMs({ usedMs: ended, startedAt, state }: StepInfo, nowMs: number): number | null {
  if (ended !== null) return ended;
  return state === 'running' && startedAt !== null ? Math.max(0, nowMs - Date.parse(startedAt)) : null;
}

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

/** The steps of a workflow with what they were allotted and what they used, under the time of the whole. */
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

/** How much of the time of a workflow is gone. */
export function spentMs({ spentMs: before, workingSince }: Budget, nowMs: number): number {
  return before + (workingSince === null ? 0 : Math.max(0, nowMs - Date.parse(workingSince)));
}

function budgetLine(budget: Budget, nowMs: number): Markup {
  const spent = spentMs(budget, nowMs);
  const whole = { elapsedMs: spent, deadlineMs: budget.totalMs, expectedMs: null, lateMs: null };
  const mode = budget.mode !== null && ` (mode ${budget.mode})`;
  const stands = budget.workingSince === null ? 'no step is at work now' : 'running';
  return markup`<p class="budget">${deadlineBar({ ...whole, lateness: spent < budget.totalMs ? 'on_time' : 'overdue' })}
<span>${durationText(spent)} of ${durationText(budget.totalMs)}${mode} are used; ${stands}. Steps side by side use the same time.</span></p>`;
}

function columns(nowMs: number): Column<StepInfo>[] {
  return [
    { title: 'Step', meaning: 'Its name; its job is behind the link', cell: nameCell },
    {
      title: 'Needs',
      meaning: 'Steps that have to be over before it starts',
      cell: ({ needs }) => (needs.length === 0 ? '—' : needs.join(', ')),
    },
    { title: 'State', meaning: 'Where it is, and why', cell: stateCell },
    {
      title: 'Share',
      meaning: 'Its part of the whole time; it gets that much or more if the steps before it keep theirs',
      numeric: true,
      cell: ({ share }) => percentText(share),
    },
    {
      title: 'Allotted',
      meaning: 'What it may use, as decided when it started, with what it drew on later steps',
      numeric: true,
      cell: ({ allocationMs }) => durationOrDash(allocationMs),
    },
    {
      title: 'Used',
      meaning: 'What its attempts took, of what it was allotted',
      wide: true,
      cell: (step) => usedCell(step, nowMs),
    },
  ];
}

function nameCell({ name, job, critical, class: className }: StepInfo): Markup {
  const shown =
    job === null ? markup`<strong>${name}</strong>` : markup`<a class="job" href="${jobPath(job)}">${name}</a>`;
  return markup`${shown}<span class="muted origin"><code title="Class: what its deadline is learned from">${className}</code>${critical && ' · critical'}</span>`;
}

function stateCell({ state, cause, onFailure }: StepInfo): Markup {
  const why = cause !== null && markup`<span class="muted">${CAUSES[cause]}</span>`;
  const goesOn =
    state === 'failed' &&
    onFailure === 'continue' &&
    markup`<span class="muted">The workflow goes on without it.</span>`;
  return markup`${stepBadge(state)}${why}${goesOn}`;
}

function stepBadge(state: StepState): Markup {
  if (state === 'waiting') return badge('quiet', 'waiting', 'For the steps that it needs');
  if (state === 'skipped') return badge('quiet', 'skipped', 'The workflow ended before it began');
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

import type { Budget, Cause, Job, StepInfo, StepState } from '@leeway/contract';
import { iso } from '../record/iso-time.js';
import type { JobRecord } from '../record/job-record.js';
import type { PlannedStep } from './planned-step.js';

/** The job of a step. Fixed by its position, so that no step can become two jobs. */
export function stepJobId(workflow: string, position: number): string {
  return `${workflow}-s${position}`;
}

/** What the API shows of the steps and the time of a workflow, and of the workflow of a step. */
export function workflowView(record: JobRecord): Pick<Job, 'workflow' | 'steps' | 'budget'> {
  const parent = record.text('workflow');
  const plan = record.json<PlannedStep[]>('plan');
  return {
    workflow: parent === undefined ? null : { id: parent, step: record.text('stepName') ?? '' },
    steps: plan?.map((_, i) => stepInfo(record, plan, i)) ?? null,
    budget: plan === undefined ? null : budget(record),
  };
}

function stepInfo(record: JobRecord, plan: readonly PlannedStep[], i: number): StepInfo {
  const { name, kind, class: className, needs, critical, onFailure, share } = plan[i] as PlannedStep;
  const field = (of: string) => `s${i + 1}:${of}`;
  const state = (record.text(field('state')) ?? 'waiting') as StepState;
  return {
    ...{ name, kind, class: className, critical, onFailure, share, state },
    needs: needs.map((need) => plan[need - 1]?.name ?? ''),
    cause: (record.text(field('cause')) || null) as Cause | null,
    job: state === 'waiting' || state === 'skipped' ? null : stepJobId(record.id, i + 1),
    allocationMs: record.number(field('allocMs')) ?? null,
    usedMs: record.number(field('usedMs')) ?? null,
    startedAt: iso(record.number(field('startedAt'))),
    endedAt: iso(record.number(field('endedAt'))),
  };
}

function budget(record: JobRecord): Budget {
  return {
    mode: record.text('mode') ?? null,
    totalMs: record.number('totalMs') ?? 0,
    spentMs: record.number('spentMs') ?? 0,
    workingSince: iso(record.number('workingSince')),
  };
}

import type { Job } from './job.js';
import { isFinal } from './state.js';

/** What can be done with a job after its submission, by the names of the API's calls; `limits`: `PATCH` of its limits. */
export const CONTROLS = ['pause', 'resume', 'retry', 'limits', 'cancel'] as const;
export type Control = (typeof CONTROLS)[number];

/** Fields of a job that decide which controls are possible. */
export type Controllable = Pick<Job, 'state' | 'kind' | 'workflow' | 'limits'>;

/** The controls that change something about this job now. `nowMs`: wall clock in milliseconds. */
export function controlsOf(job: Controllable, nowMs: number): Control[] {
  return CONTROLS.filter((control) => controlRefusal(control, job, nowMs) === undefined);
}

/**
 * Why a control is not possible, as a sentence for people; undefined: it is possible. Whether a running job of a user's
 * own kind can be paused is known to its worker only: here it is possible, and the queue may still refuse it.
 */
export function controlRefusal(control: Control, job: Controllable, nowMs: number): string | undefined {
  return REFUSALS[control](job, nowMs);
}

type Refusal = (job: Controllable, nowMs: number) => string | undefined;

const REFUSALS: Record<Control, Refusal> = {
  pause(job) {
    if (isFinal(job.state)) return `This job has ended (${job.state}).`;
    if (job.state === 'paused') return 'This job is paused already.';
    return job.state === 'running' && NEVER_PAUSED.includes(job.kind) ? RUNNING_NOT_PAUSABLE : undefined;
  },
  resume: ({ state }) => (state === 'paused' ? undefined : `Only a paused job can be resumed; this one is ${state}.`),
  retry(job, nowMs) {
    const { workflow, state } = job;
    if (workflow !== null)
      return `This job is the step "${workflow.step}" of the workflow ${workflow.id}. A step is retried only with its workflow: retry the workflow.`;
    if (state === 'succeeded') return 'This job succeeded; submit it again for another result.';
    if (state !== 'failed' && state !== 'cancelled')
      return `Only a job that failed or was cancelled can be retried; this one is ${state}.`;
    return isPast(job.limits['completeBy'], nowMs)
      ? 'The time by which this job had to be complete (completeBy) has passed; submit it again with a later one.'
      : undefined;
  },
  limits: ({ state }) => (isFinal(state) ? `This job has ended (${state}); it has no limits to change.` : undefined),
  cancel: ({ state }) => (isFinal(state) ? `This job has ended (${state}).` : undefined),
};

/** A model's answer comes from another machine: there is no process to stop and continue. */
const NEVER_PAUSED: readonly string[] = ['chat'];

/** Also the queue's reason where the handler of a user's kind cannot be paused. */
export const RUNNING_NOT_PAUSABLE =
  'A running job of this kind cannot be paused: only commands and isolated handlers have a process of their own to stop.';

function isPast(completeBy: unknown, nowMs: number): boolean {
  return typeof completeBy === 'string' && Date.parse(completeBy) <= nowMs;
}

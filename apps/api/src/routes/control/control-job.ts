import {
  controlRefusal,
  isFinal,
  LeewayError,
  RUNNING_NOT_PAUSABLE,
  type Control,
  type ControlReply,
  type Job,
  type JobId,
} from '@leeway/contract';
import { jobIdOf, readVisibleJob, requireVisible } from '../jobs/visible-job.js';
import type { Call, Reply } from '../../calls/route.js';
import type { Services } from '../../calls/services.js';

export type Done = ControlReply['done'];

export interface JobControl {
  control: Control;
  /** Marks the job, or has its worker told. `before`: the job as it was. */
  ask(id: JobId, before: Job): Promise<Done | 'not_possible' | 'unknown'>;
  /** What was done, told by the job as it is now; undefined: its worker has not confirmed yet. */
  confirmed(now: Job, before: Job): Done | undefined;
  /** Milliseconds that its worker gets to confirm. */
  waitMs: number;
}

/**
 * Does something to a job, whichever worker runs it, and answers with what was done: at once where no worker is
 * involved, else when its worker has confirmed it, or with `requested` when it has not within `waitMs`.
 * Throws LeewayError `job_not_found`, `conflict`, `store_unavailable` or `outcome_unknown`.
 */
export async function controlJob(call: Call, services: Services, control: JobControl): Promise<Reply> {
  const { queue } = services;
  const id = jobIdOf(call.params['id']);
  const before = await readVisibleJob(id, call.principal, services);
  call.writes();
  const done = await control.ask(id, before);
  if (done === 'not_possible') {
    const refused = await readVisibleJob(id, call.principal, services);
    const refusal = controlRefusal(control.control, refused, services.clock.wallMs());
    throw new LeewayError('conflict', refusal ?? RUNNING_NOT_PAUSABLE);
  }
  if (done !== 'requested') {
    const job = await readVisibleJob(id, call.principal, services);
    return answer(done === 'unknown' ? 'too_late' : done, job);
  }
  call.keepOpen(control.waitMs);
  const confirmed = (now: Job) => control.confirmed(now, before) ?? (isFinal(now.state) ? 'too_late' : undefined);
  const until = (now: Job) => confirmed(now) !== undefined;
  const seen = await queue.waitFor(id, { until, waitMs: control.waitMs, signal: call.signal });
  const job = requireVisible(seen, id, call.principal);
  return answer(confirmed(job) ?? 'requested', job);
}

/** What a running attempt takes to hear of something: the time to the next beat of its worker, and to confirm it. */
export function confirmWithinMs({ policy }: Services): number {
  return policy.supervision.beatEveryMs + policy.api.confirmMs;
}

function answer(done: Done, job: Job): Reply {
  return { status: 200, json: { done, job } satisfies ControlReply };
}

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
import { heartbeatTimes } from '@leeway/queue';
import type { Call, Reply } from '../../calls/route.js';
import type { Services } from '../../calls/services.js';
import { jobIdOf, readVisibleJob, requireVisible } from '../jobs/visible-job.js';

export type Done = ControlReply['done'];

export interface ControlRequest {
  control: Control;
  /** Changes the job, or requests it of its worker. `before`: the job as it was. */
  request(id: JobId, before: Job): Promise<Done | 'not_possible' | 'unknown'>;
  /** What was done, as the job shows it; undefined: its worker has not confirmed yet. */
  confirmed(now: Job, before: Job): Done | undefined;
  /** Time that its worker has to confirm. */
  waitMs: number;
}

/**
 * Controls a job, whichever worker runs it. The reply has what was done: at once where no worker is involved, else as soon
 * as its worker has confirmed it, or `requested` after `waitMs`. Throws LeewayError `job_not_found`, `conflict`,
 * `store_unavailable` or `outcome_unknown`.
 */
export async function controlJob(
  call: Call,
  services: Services,
  { control, request, waitMs, ...options }: ControlRequest,
): Promise<Reply> {
  const { queue, clock } = services;
  const id = jobIdOf(call.params['id']);
  const before = await readVisibleJob(id, call.principal, services);
  call.writes();
  const done = await request(id, before);
  if (done !== 'requested') {
    const job = await readVisibleJob(id, call.principal, services);
    if (done === 'not_possible')
      throw new LeewayError('conflict', controlRefusal(control, job, clock.wallMs()) ?? RUNNING_NOT_PAUSABLE);
    return controlReply(done === 'unknown' ? 'too_late' : done, job);
  }
  call.keepOpen(waitMs);
  const confirmed = (now: Job) => options.confirmed(now, before) ?? (isFinal(now.state) ? 'too_late' : undefined);
  const until = (now: Job) => confirmed(now) !== undefined;
  const job = requireVisible(await queue.waitFor(id, { until, waitMs, signal: call.signal }), id, call.principal);
  return controlReply(confirmed(job) ?? 'requested', job);
}

/** Time for a running attempt to receive a request, with the next heartbeat of its worker, and to confirm it. */
export function confirmWithinMs({ policy, bounds }: Services): number {
  return heartbeatTimes(policy.supervision).beatEveryMs + bounds.confirmMs;
}

function controlReply(done: Done, job: Job): Reply {
  return { status: 200, json: { done, job } satisfies ControlReply };
}

import type { Cause, Job } from '@leeway/contract';
import { SUPERVISION } from '../chaos-policy.js';
import type { ChaosHistory, Check, JobHistory, Violation } from '../history.js';
import { stops } from '../disturbances.js';
import type { Behaviour } from '../workload-plan.js';

/** How each behaviour ends when nothing disturbs it. */
const UNDISTURBED: Record<Behaviour, string> = {
  work: 'succeeded',
  print: 'succeeded',
  leaves_children: 'succeeded',
  abortable: 'succeeded',
  blocking: 'succeeded',
  isolated: 'succeeded',
  fail: 'failed: error',
  hang: 'failed: deadline',
  ignores_sigterm: 'failed: deadline',
  never_settles: 'failed: deadline',
  ignores_abort: 'failed: deadline',
  isolated_blocking: 'failed: deadline',
};

/**
 * However many processes die, a job ends as its work or its submitter decides: as the work does, cancelled by a user, at
 * a limit of its own, or as lost too often.
 */
export const expectedOutcome: Check = (history) =>
  history.jobs.flatMap((entry) => {
    const { job, client } = entry;
    if (job === null || client === null) return [];
    const end = job.cause === null || job.state === 'cancelled' ? job.state : `${job.state}: ${job.cause}`;
    if (end === UNDISTURBED[client.planned.behaviour] || isAllowed(job, entry, history)) return cancelHolds(job, entry);
    return [
      broken(
        job,
        `is "${end}", and its work (${client.planned.behaviour}) should end as "${UNDISTURBED[client.planned.behaviour]}"`,
      ),
    ];
  });

function isAllowed(job: Job, { client }: JobHistory, history: ChaosHistory): boolean {
  const options = client?.planned.options ?? {};
  const limits = (options['limits'] ?? {}) as { queueMs?: number; overallMs?: number };
  if (job.state === 'cancelled') return client?.controls.some(({ verb }) => verb === 'cancel') === true;
  // It ends after its deadline: in time for a worker that was stopped when the deadline came.
  const worker = job.attempts.at(-1)?.worker ?? '';
  if (client?.planned.behaviour === 'ignores_abort' && job.state === 'succeeded')
    return stops(worker, history).length > 0;
  const allowed: Partial<Record<Cause, boolean>> = {
    worker_lost:
      job.losses > SUPERVISION.maxLosses ||
      (options['onWorkerLost'] === 'fail' && job.attempts.some(({ outcome }) => outcome === 'lost')),
    queue_wait: limits.queueMs !== undefined,
    overall: limits.overallMs !== undefined,
    // Under a learned deadline; that it was not ended early is checked elsewhere.
    deadline: options['timeoutMs'] === undefined,
  };
  return job.cause !== null && allowed[job.cause] === true;
}

/** A job ends as the reply to its cancel has it. */
function cancelHolds(job: Job, { client }: JobHistory): Violation[] {
  const done = client?.controls.find(({ verb }) => verb === 'cancel')?.done;
  const isCancelled = job.state === 'cancelled';
  const promised = done === 'cancelled' || done === 'killed' || done === 'already';
  if (promised && !isCancelled) return [broken(job, `was cancelled with the reply "${done}" and is ${job.state}`)];
  if (done === 'too_late' && isCancelled)
    return [broken(job, 'was cancelled with the reply "too_late" and is cancelled')];
  return [];
}

function broken(job: Job, what: string): Violation {
  return { check: 'every job ends as its work does', job: job.id, what };
}

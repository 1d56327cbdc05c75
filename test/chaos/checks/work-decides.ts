import type { Cause, Job } from '@leeway/contract';
import { SUPERVISION } from '../chaos-policy.js';
import type { ChaosHistory, Check, JobHistory, Violation } from '../history.js';
import { stops } from '../trouble.js';
import type { Manner } from '../workload-plan.js';

/** How a job ends when it is up to its work: what never ends is ended, what fails fails, all else succeeds. */
const BY_ITSELF: Record<Manner, string> = {
  work: 'succeeded',
  print: 'succeeded',
  family: 'succeeded',
  obedient: 'succeeded',
  blocking: 'succeeded',
  isolated: 'succeeded',
  fail: 'failed: error',
  hang: 'failed: deadline',
  deaf_command: 'failed: deadline',
  never_settles: 'failed: deadline',
  deaf_handler: 'failed: deadline',
  isolated_blocking: 'failed: deadline',
};

/**
 * However many processes die, a job ends as its work or its submitter decides: as the work does, cancelled if somebody
 * asked for it, at a limit it named itself, or as lost too often.
 */
export const workDecides: Check = (history) =>
  history.jobs.flatMap((entry) => {
    const { job, client } = entry;
    if (job === null || client === null) return [];
    const end = job.cause === null || job.state === 'cancelled' ? job.state : `${job.state}: ${job.cause}`;
    if (end === BY_ITSELF[client.planned.manner] || isExcused(job, entry, history)) return cancelHolds(job, entry);
    return [
      broken(
        job,
        `is "${end}", and its work (${client.planned.manner}) should end as "${BY_ITSELF[client.planned.manner]}"`,
      ),
    ];
  });

function isExcused(job: Job, { client }: JobHistory, history: ChaosHistory): boolean {
  const options = client?.planned.options ?? {};
  const limits = (options['limits'] ?? {}) as { queueMs?: number; overallMs?: number };
  if (job.state === 'cancelled') return client?.controls.some(({ verb }) => verb === 'cancel') === true;
  // It ends after its deadline: in time for a worker that stood still when the deadline came.
  const worker = job.attempts.at(-1)?.worker ?? '';
  if (client?.planned.manner === 'deaf_handler' && job.state === 'succeeded') return stops(worker, history).length > 0;
  const excuses: Partial<Record<Cause, boolean>> = {
    worker_lost:
      job.losses > SUPERVISION.maxLosses ||
      (options['onWorkerLost'] === 'fail' && job.attempts.some(({ outcome }) => outcome === 'lost')),
    queue_wait: limits.queueMs !== undefined,
    overall: limits.overallMs !== undefined,
    // What a learned deadline ended ran that long; that it was not ended early is checked elsewhere.
    deadline: options['timeoutMs'] === undefined,
  };
  return job.cause !== null && excuses[job.cause] === true;
}

/** What the answer to a cancel said is what became of the job. */
function cancelHolds(job: Job, { client }: JobHistory): Violation[] {
  const done = client?.controls.find(({ verb }) => verb === 'cancel')?.done;
  const isCancelled = job.state === 'cancelled';
  const promised = done === 'cancelled' || done === 'killed' || done === 'already';
  if (promised && !isCancelled) return [broken(job, `was answered "${done}" to its cancel and is ${job.state}`)];
  if (done === 'too_late' && isCancelled)
    return [broken(job, 'was answered "too_late" to its cancel and is cancelled')];
  return [];
}

function broken(job: Job, what: string): Violation {
  return { check: 'the work decides how a job ends', job: job.id, what };
}

import { type AttemptId, attemptId, type JobId } from '@leeway/contract';
import { HISTORY_READ_TIMEOUT_MS } from '@leeway/forecast';
import type { ClaimedAttempt } from '@leeway/queue';
import { factsOf, workOf } from '../decision/attempt-work.js';
import { leaseMarginMs, type WorkerContext } from '../worker/worker-context.js';
import type { Attempt, Claim } from './attempt.js';

/**
 * Claims the next attempt of the job. The heartbeat holds its lease from the request on: the main loop may be blocked when
 * the reply comes. Nothing to run (cancelled, settled or forgotten meanwhile, or open on another worker): BullMQ gets the job
 * back.
 */
export async function claim(attempt: Attempt): Promise<void> {
  const { job, token, worker } = attempt;
  const { attempts, heartbeat, policy } = worker;
  const pending = { job: job.id as JobId, token };
  let id: AttemptId | null = null;
  heartbeat.claimStarted(pending, leaseMarginMs(policy.supervision));
  try {
    const takeOverAfterMs = worker.takeOverAfterMs();
    const reply = await attempts.claim(pending.job, { worker: worker.id, token, takeOverAfterMs });
    if (reply.status === 'unavailable') {
      attempt.sync = reply.sync;
      return;
    }
    attempt.claim = claimOf(reply.attempt, worker);
    id = attempt.claim.id;
    worker.running.expect(id);
    // Until the deadline is known: the decision may have to wait for history.
    heartbeat.renewLease(id, HISTORY_READ_TIMEOUT_MS + leaseMarginMs(policy.supervision));
  } finally {
    heartbeat.claimFinished(pending, id);
  }
}

function claimOf(claimed: ClaimedAttempt, { clock, coldStarts }: WorkerContext): Claim {
  const claimedMs = clock.monotonicMs();
  const work = workOf(claimed);
  return {
    ...claimed,
    id: attemptId(claimed.job, claimed.number),
    claimedMs,
    work,
    facts: { ...factsOf(claimed), coldStart: coldStarts.coldStart(work, claimedMs) },
  };
}

/** Gives up the lease, whatever became of the attempt: without a settlement the watchdog takes it for lost. */
export function release({ claim: own, worker }: Attempt): void {
  if (own === undefined) return;
  worker.running.remove(own.id);
  worker.heartbeat.release(own.id);
}

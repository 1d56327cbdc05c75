import type { ScheduledJob } from '@leeway/queue';
import type { WorkerContext } from '../worker/worker-context.js';
import type { Attempt } from './attempt.js';
import { claim, release } from './claim.js';
import { decide, refuseToStart } from './decide.js';
import { loadInput } from './load-input.js';
import { plan } from './plan.js';
import { settle } from './settle.js';
import { runHandler } from './supervised-run.js';
import { syncToBullMq } from './sync.js';

/**
 * The life of an attempt, top to bottom. A step skips itself when an earlier one has ended the attempt. Never rejects: after
 * an error, as after a crash between any two steps, the watchdog of any worker requeues the job or reconciles BullMQ.
 */
export async function runAttempt(job: ScheduledJob, token: string, worker: WorkerContext): Promise<void> {
  const attempt: Attempt = { job, token, worker, requestedMs: worker.clock.monotonicMs() };
  try {
    await claim(attempt);
    await decide(attempt);
    refuseToStart(attempt);
    await loadInput(attempt);
    await runHandler(attempt);
    plan(attempt);
    await settle(attempt);
    await syncToBullMq(attempt);
  } catch (error) {
    const fields = { event: 'attempt_error', jobId: job.id, attempt: attempt.claim?.id, error };
    worker.log.error(fields, 'an attempt could not be run or settled; the watchdog requeues its job');
  } finally {
    release(attempt);
  }
}

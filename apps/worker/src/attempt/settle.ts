import type { Settlement, SettleReply } from '@leeway/queue';
import { retryWrite } from '../settle/retry-write.js';
import { SETTLE_MARGIN_MS } from '../worker/worker-context.js';
import type { Attempt, Claim } from './attempt.js';
import { FENCED } from './plan.js';

/** How long a worker tries to store an outcome that Redis refuses, in ms; then the job is requeued by the watchdog. */
const STORE_OUTCOME_MS = 60_000;

/** Writes the plan to the record, in one fenced write. */
export async function settle(attempt: Attempt): Promise<void> {
  const { claim, plan, worker } = attempt;
  if (claim === undefined || plan === undefined) return;
  if (plan === 'mark_lost') {
    const { affectedJobs } = await worker.attempts.markLost(claim.job, claim.number, 0);
    attempt.affectedJobs = [claim.job, ...affectedJobs];
    return;
  }
  const reply = await store(attempt, claim, plan);
  logSettled(attempt, claim, { plan, reply });
  if (reply.status !== 'applied') return;
  attempt.sync = reply.sync;
  attempt.affectedJobs = reply.affectedJobs;
}

function store({ worker }: Attempt, claim: Claim, plan: Settlement): Promise<SettleReply> {
  return retryWrite(() => worker.attempts.settle(claim, plan), {
    mostMs: STORE_OUTCOME_MS,
    nowMs: () => worker.clock.monotonicMs(),
    onFailure: (error) => {
      worker.heartbeat.renewLease(claim.id, SETTLE_MARGIN_MS * 2);
      const fields = { event: 'settle_refused', attempt: claim.id, error };
      worker.log.warn(fields, 'Redis refuses the outcome for now; trying again');
    },
  });
}

function logSettled(
  { worker, result }: Attempt,
  { id }: Claim,
  { plan, reply }: { plan: Settlement; reply: SettleReply },
): void {
  const { outcome, cause, next } = plan;
  const durationMs = Math.round(result?.durationMs ?? 0);
  const fields = { attempt: id, outcome, cause, durationMs, next: next.step, state: reply.state };
  if (reply.status === 'fenced') return worker.log.warn({ event: 'attempt_fenced', ...fields }, FENCED);
  const text = `attempt ${id}: ${outcome}${cause === null ? '' : `, ${cause}`}`;
  worker.log.info({ event: 'attempt_settled', ...fields }, text);
}

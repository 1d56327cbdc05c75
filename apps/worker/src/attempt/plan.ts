import { HandlerError } from '@leeway/supervision';
import { planSettlement } from '../settle/plan-settlement.js';
import type { Attempt, AttemptResult } from './attempt.js';

/** Plans what is written about the result. */
export function plan(attempt: Attempt): void {
  const { claim, result, worker } = attempt;
  if (claim === undefined || result === undefined) return;
  if (result.outcome === 'lost') {
    worker.log.warn({ event: 'attempt_fenced', attempt: claim.id }, FENCED);
    // Requeued at once, unless something of it is left here that must not meet its successor.
    if (!result.abandoned && result.beingEnded !== true) attempt.plan = 'mark_lost';
    return;
  }
  if (isLoss(result)) {
    attempt.plan = 'mark_lost';
    return;
  }
  attempt.plan = planSettlement(result, {
    attempt: claim,
    work: claim.work,
    policy: worker.policy,
    nowMs: claim.startedAtMs + result.durationMs,
    random: Math.random,
  });
}

/** The process of the handler vanished under this worker, which is a loss and no failure of the work. */
function isLoss({ outcome, error }: AttemptResult): boolean {
  return outcome === 'failed' && error instanceof HandlerError && error.cause === 'worker_lost';
}

export const FENCED = 'another worker has the job of this attempt; its result is not used';

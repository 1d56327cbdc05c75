import { refusalToStart } from '../decision/step-time.js';
import type { Attempt } from './attempt.js';

/** Makes the decision that binds the attempt; it is stored when the handler starts. */
export async function decide(attempt: Attempt): Promise<void> {
  const { claim, worker } = attempt;
  if (claim === undefined) return;
  attempt.decision = await worker.forecaster.decide(claim.work, claim.facts);
}

/** Ends a step of a workflow without a run where too little of the workflow's time is left for it. */
export function refuseToStart(attempt: Attempt): void {
  const { claim, decision, worker } = attempt;
  if (claim === undefined || decision === undefined) return;
  const message = refusalToStart(claim, decision, worker.policy);
  if (message === null) return;
  attempt.result = {
    outcome: 'stopped',
    durationMs: 0,
    reason: { cause: 'budget_exhausted', message },
    abandoned: false,
    unstarted: true,
    readings: { outputs: 0 },
    decision,
  };
}

import { durationText, type Decision, type Policy, type Timeout } from '@leeway/contract';
import { stepBudget, tooLittleFor, type StepBudget } from '@leeway/estimator';
import type { ClaimedAttempt } from '@leeway/queue';

/** What a step gets of the time of its workflow as it was when it was opened; undefined for any other job. */
export function budgetOf(
  { leftMs, record }: ClaimedAttempt,
  timeoutMs: Timeout | undefined,
  policy: Policy,
): StepBudget | undefined {
  if (leftMs === undefined) return undefined;
  const share = { ofRest: record.number('ofRest') ?? 1, behind: record.number('behind') ?? 0 };
  // What the submission says of a step holds as far as the steps behind it can still start.
  const overdraw = timeoutMs === undefined ? policy.workflows.overdraw : Infinity;
  return stepBudget(leftMs, share, { ...policy.workflows, overdraw });
}

/** What a step was allotted, in ms; undefined for any other job. What the submission says of it takes the place of its part. */
export function allocationOf(attempt: ClaimedAttempt, decision: Decision, policy: Policy): number | undefined {
  const budget = budgetOf(attempt, undefined, policy);
  if (budget === undefined) return undefined;
  return decision.basis === 'explicit' || decision.basis === 'no_timeout' ? decision.deadlineMs : budget.allocationMs;
}

/**
 * Why a step is not started with the time that is left; null: it is, or it is no step. What such work usually needs counts
 * only where it is known of its own class: figures borrowed from other work are no reason not to try.
 */
export function refusalToStart({ leftMs }: ClaimedAttempt, decision: Decision, policy: Policy): string | null {
  if (leftMs === undefined) return null;
  const knownMs = decision.basis === 'history' ? decision.lateMs : null;
  const needMs = tooLittleFor(leftMs, knownMs, policy.workflows);
  if (needMs === null) return null;
  const left = `${durationText(Math.max(0, leftMs))} of the time budget were left`;
  return leftMs < policy.workflows.continueMs
    ? `It did not start: ${left}, and nothing starts with less than ${durationText(needMs)}.`
    : `It did not start: ${left}, and 1 in 20 runs like it takes longer than ${durationText(needMs)}.`;
}

/** Whether another attempt of a step could still start after this one; true for any other job. */
export function leavesRoom({ leftMs }: ClaimedAttempt, takenMs: number, policy: Policy): boolean {
  return leftMs === undefined || leftMs - takenMs >= policy.workflows.continueMs;
}

import { durationText, leastToStartMs, type Decision, type Policy } from '@leeway/contract';
import { tooLittleFor } from '@leeway/estimator';
import type { ClaimedAttempt } from '@leeway/queue';

/**
 * What a step was allotted of its workflow's time, in ms; undefined for any other job. A limit that the submission sets
 * takes the place of its share.
 */
export function allotmentMs({ leftMs }: Pick<ClaimedAttempt, 'leftMs'>, decision: Decision): number | undefined {
  if (leftMs === undefined) return undefined;
  return decision.caps.find(({ name }) => name === 'share')?.limitMs ?? decision.deadlineMs;
}

/**
 * Why a step is not started with the time that is left; null: it is, or it is no step. What such work usually needs counts
 * only where it is known of its own class: figures borrowed from other work are no reason not to try.
 */
export function refusalToStart(
  { leftMs }: Pick<ClaimedAttempt, 'leftMs'>,
  decision: Decision,
  policy: Policy,
): string | null {
  if (leftMs === undefined) return null;
  const knownMs = decision.basis === 'history' ? decision.lateMs : null;
  const needMs = tooLittleFor(leftMs, knownMs, leastToStartMs(policy.workflows));
  if (needMs === null) return null;
  const left = `${durationText(Math.max(0, leftMs))} of the time budget were left`;
  return leftMs < leastToStartMs(policy.workflows)
    ? `It did not start: ${left}, and nothing starts with less than ${durationText(needMs)}.`
    : `It did not start: ${left}, and 1 in 20 runs like it takes longer than ${durationText(needMs)}.`;
}

/** Whether another attempt of a step could still start after this one; true for any other job. */
export function leavesRoom({ leftMs }: Pick<ClaimedAttempt, 'leftMs'>, takenMs: number, policy: Policy): boolean {
  return leftMs === undefined || leftMs - takenMs >= leastToStartMs(policy.workflows);
}

import type { StepShare } from './step-shares.js';

/** What one attempt of a step may use of the workflow's time, in ms from its start. */
export interface StepBudget {
  /** Its part. Once it is used up the step may draw on what is behind it. */
  allocationMs: number;
  /** It ends by then, so that the steps behind it can start. Never more than what is left. */
  mostMs: number;
}

/**
 * How far a step that is not done may go beyond its allocation, as long as the steps behind it keep their least time each: a
 * share is a guess, and slow healthy work should not end because of it while there is time.
 */
export const OVERDRAW = 2;

export interface BudgetRules {
  minStepMs: number;
  /** Default: OVERDRAW. Infinity: up to all that the steps behind it can spare. */
  overdraw?: number;
}

/**
 * What a step that starts now gets of what is left now. Since that is measured, not added up, time that earlier steps
 * saved is in it once, and time that they took too much is gone once.
 *
 * @example 100 s left, 0.3 of the rest, two steps behind it: 30 s, and at most 60 s
 * @example 70 s left, 0.4 / 0.7 of the rest: 40 s; with 91 s left, because the first step was quick: 52 s
 */
export function stepBudget(
  leftMs: number,
  { ofRest, behind }: Pick<StepShare, 'ofRest' | 'behind'>,
  { minStepMs, overdraw = OVERDRAW }: BudgetRules,
): StepBudget {
  const left = Math.max(0, leftMs);
  const allocationMs = Math.min(left, Math.max(ofRest * left, minStepMs));
  const drawableMs = Math.min(overdraw * allocationMs, left - behind * minStepMs);
  return { allocationMs, mostMs: Math.max(allocationMs, drawableMs) };
}

/**
 * Why a step must not start with so little left, or null where it may. `needMs`: 19 of 20 runs like it take no longer;
 * null: nothing is known, then only the least time counts.
 */
export function tooLittleFor(leftMs: number, needMs: number | null, leastMs: number): number | null {
  if (leftMs < leastMs) return leastMs;
  return needMs !== null && needMs > leftMs ? needMs : null;
}

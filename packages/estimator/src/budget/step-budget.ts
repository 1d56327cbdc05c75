import type { StepShare } from './step-shares.js';

/** Time that one attempt of a step may use of its workflow's time, in ms from its start. */
export interface StepBudget {
  /** Its share. After that the step may use time of the steps behind it. */
  allocationMs: number;
  /** Its longest time, so that the steps behind it can start. Never more than the time left. */
  mostMs: number;
}

/**
 * Largest factor by which a step may exceed its allocation, while the steps behind it keep their least time each: a share is a
 * guess, and slow healthy work should not end because of it while there is time.
 */
export const OVERDRAW = 2;

export interface BudgetRules {
  minStepMs: number;
  /** Default: OVERDRAW. Infinity: all that the steps behind it can spare. */
  overdraw?: number;
}

/**
 * Time of a step that starts now, from the time left now. That is measured, not added up, so time that earlier steps saved or
 * exceeded counts exactly once.
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
 * Time that the step would need, if too little is left for it to start; null: it may start. `needMs`: 19 of 20 runs like it
 * take no longer; null: unknown, then only the least time counts.
 */
export function tooLittleFor(leftMs: number, needMs: number | null, leastMs: number): number | null {
  if (leftMs < leastMs) return leastMs;
  return needMs !== null && needMs > leftMs ? needMs : null;
}

import { HOUR_MS, type EstimatorPolicy, type Policy } from '@leeway/contract';

/** Constants that benches and property tests vary; everywhere else TUNING applies. */
export interface Tuning {
  /** The deadline is a multiple of this quantile of past results. */
  quantile: number;
  /** Smallest margin that is measured, and largest one. */
  marginMin: number;
  marginMax: number;
  /** Each wrong kill among the newest results of a level widens its margin by this share. */
  cautionStep: number;
  /** Age from which results count as what was usual before. */
  changeWithinMs: number;
}

export const TUNING: Tuning = {
  // A higher quantile needs more results to be stable; the margin covers the rest.
  quantile: 0.95,
  // Calm times end without warning.
  marginMin: 1.2,
  // Beyond it hangs cost more than the kills it spares.
  marginMax: 3.5,
  // Three wrong kills double the deadline.
  cautionStep: 0.35,
  // An hour covers a burst and an overload of a provider.
  changeWithinMs: HOUR_MS,
};

/** The settings of the policy together with the constants above. */
export type Rules = EstimatorPolicy & Tuning;

export function rulesOf({ policy, tuning }: { policy: Policy; tuning?: Partial<Tuning> }): Rules {
  return { ...policy.estimator, ...TUNING, ...tuning };
}

/** Results that a level needs to be used at all, with twice the margin: below five a quantile is a guess. */
export const MIN_BORROW = 5;

/** Newest results of a level whose wrong kills count for caution: slow times come in bursts of about that length. */
export const CAUTION_WINDOW = 50;

/** After a kill the next attempt gets at least this many times the limit that ended it, so that no job ends twice at the same second. */
export const RETRY_FACTOR = 2;

import type { EstimatorPolicy } from '@leeway/contract';
import type { LevelState } from './level-state.js';

export interface LevelDeadline {
  deadlineMs: number;
  /** The quantile that was multiplied. */
  baseMs: number;
  margin: number;
  /** The quantile lay among attempts that never ended, and the deadline is bounded instead of doubled without end. */
  hangBoundMs: number | null;
}

/**
 * The deadline that the results of one level call for: a margin times a high quantile. Where the quantile lies among
 * runs that never ended, it is twice the longest of those, so that it grows until work fits under it, but bounded by
 * what the runs that did end took: a class that keeps hanging does not wind its deadline up.
 */
export function levelDeadline(state: LevelState, settled: boolean, policy: EstimatorPolicy): LevelDeadline {
  const margin = settled ? policy.margin : policy.margin * policy.coldMargin;
  const baseMs = state.quantile(policy.quantile);
  if (Number.isFinite(baseMs)) return { deadlineMs: margin * baseMs, baseMs, margin, hangBoundMs: null };
  const endedMs = state.exactQuantile(policy.quantile);
  const growing = Math.max(margin * state.largestExactMs, policy.retryFactor * state.largestKillMs);
  const bound = policy.hangBound * margin * endedMs;
  return { deadlineMs: Math.min(growing, bound), baseMs: endedMs, margin, hangBoundMs: growing > bound ? bound : null };
}

import type { EstimatorPolicy } from '@leeway/contract';
import type { LevelState } from '../history/level-state.js';
import type { UsualDuration } from './usual-duration.js';

/**
 * Holds the usual duration to what may change at once: results of the last `changeWithinMs` move it by at most the factor
 * `changeMax`, up or down, from what the older results of the window say. Without `minSamples` older ones nothing is
 * held, so a class that has just been learned, or whose window is full of newer results, gets what they say at once.
 * A pure function of the ring. `heldMs`: what it was held to; null: it was not.
 */
export function withinRateOfChange(
  usual: UsualDuration,
  state: LevelState,
  { nowMs, policy }: { nowMs: number; policy: EstimatorPolicy },
): { usual: UsualDuration; heldMs: number | null } {
  const { changeMax, changeWithinMs, minSamples, quantile } = policy;
  const { baseMs, ratio } = usual;
  const shortestMs = ratio * state.exact.at(0);
  const longestMs = ratio * state.exact.at(state.exact.size - 1);
  // The older results lie between the two, so most decisions need no look at them.
  if (baseMs <= changeMax * shortestMs && baseMs * changeMax >= longestMs) return { usual, heldMs: null };
  const beforeMs = ratio * state.quantileBefore(quantile, { endedByMs: nowMs - changeWithinMs, least: minSamples });
  if (Number.isNaN(beforeMs)) return { usual, heldMs: null };
  const heldMs = Math.min(changeMax * beforeMs, Math.max(beforeMs / changeMax, baseMs));
  return heldMs === baseMs ? { usual, heldMs: null } : { usual: { ...usual, baseMs: heldMs }, heldMs };
}

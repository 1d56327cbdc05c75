import type { LevelState } from '../history/level-state.js';
import type { Rules } from './rules.js';
import type { UsualDuration } from './usual-duration.js';

/**
 * Most that recent results move what is usual for a class, up or down. On real traces a factor of 10 made the worst 500 jobs
 * of a grid three times worse, one of 30 changed nothing: it stops only absurd jumps.
 */
export const CHANGE_MAX = 30;

/**
 * Holds the usual duration to what may change at once: results of the last `changeWithinMs` move it by at most the factor
 * {@link CHANGE_MAX}, up or down, from what the older results of the window say. Without `minSamples` older ones nothing is
 * held, so a class that has just been learned, or whose window is full of newer results, gets what they say at once.
 * A pure function of the ring. `heldMs`: what it was held to; null: it was not.
 */
export function withinRateOfChange(
  usual: UsualDuration,
  state: LevelState,
  { nowMs, rules }: { nowMs: number; rules: Rules },
): { usual: UsualDuration; heldMs: number | null } {
  const { changeWithinMs, minSamples, quantile } = rules;
  const { baseMs, ratio } = usual;
  const shortestMs = ratio * state.exact.at(0);
  const longestMs = ratio * state.exact.at(state.exact.size - 1);
  // The older results lie between the two, so most decisions need no look at them.
  if (baseMs <= CHANGE_MAX * shortestMs && baseMs * CHANGE_MAX >= longestMs) return { usual, heldMs: null };
  const beforeMs = ratio * state.quantileBefore(quantile, { endedByMs: nowMs - changeWithinMs, least: minSamples });
  if (Number.isNaN(beforeMs)) return { usual, heldMs: null };
  const heldMs = Math.min(CHANGE_MAX * beforeMs, Math.max(beforeMs / CHANGE_MAX, baseMs));
  return heldMs === baseMs ? { usual, heldMs: null } : { usual: { ...usual, baseMs: heldMs }, heldMs };
}

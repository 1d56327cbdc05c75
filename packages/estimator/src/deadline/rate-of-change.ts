import type { LevelState } from '../history/level-state.js';
import type { Rules } from './rules.js';
import type { UsualDuration } from './usual-duration.js';

/**
 * Largest change of the usual duration of a class by recent results, up or down. On real traces a factor of 10 made the worst
 * 500 jobs of a grid three times worse, one of 30 changed nothing: it stops only absurd jumps.
 */
export const CHANGE_MAX = 30;

/**
 * Bounds the usual duration: results of the last `changeWithinMs` change it by at most the factor {@link CHANGE_MAX} from the
 * quantile of the older results. With fewer than `minSamples` older results there is no bound, so a new class, or one whose
 * ring is full of newer results, follows those at once. `heldMs`: the bound that applied; null: none.
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
  // The older results lie between the two, so most decisions do not need their quantile.
  if (baseMs <= CHANGE_MAX * shortestMs && baseMs * CHANGE_MAX >= longestMs) return { usual, heldMs: null };
  const beforeMs = ratio * state.quantileBefore(quantile, { endedByMs: nowMs - changeWithinMs, least: minSamples });
  if (Number.isNaN(beforeMs)) return { usual, heldMs: null };
  const heldMs = Math.min(CHANGE_MAX * beforeMs, Math.max(beforeMs / CHANGE_MAX, baseMs));
  return heldMs === baseMs ? { usual, heldMs: null } : { usual: { ...usual, baseMs: heldMs }, heldMs };
}

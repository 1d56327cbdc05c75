import type { LevelState } from '../history/level-state.js';
import { RETRY_FACTOR } from './rules.js';
import type { UsualDuration } from './usual-duration.js';

export interface LevelDeadline {
  deadlineMs: number;
  /** Deadline by the longest unended run, where the usual duration is among runs that did not end; else null. */
  unendedMs: number | null;
  /** Bound for work that keeps hanging, where `unendedMs` is above it; else null. */
  hangBoundMs: number | null;
}

/** Number of newest unended runs among which the longest counts. */
const KEPT_KILLS = 8;
/** Work that keeps hanging gets at most this many times the plain deadline, so that its deadline does not double up to the ceiling. */
export const HANG_BOUND = 6;

/**
 * Margin times the usual duration. Where that is among runs that did not end, the deadline is twice the longest run that was
 * ended or still runs, so it grows until the work fits. Bounded by {@link HANG_BOUND}.
 */
export function levelDeadline(
  usual: UsualDuration,
  evidence: { state: LevelState; oldestRunningMs: number },
  margin: number,
): LevelDeadline {
  const plainMs = margin * usual.baseMs;
  if (!usual.endless) return { deadlineMs: plainMs, unendedMs: null, hangBoundMs: null };
  const { state, oldestRunningMs } = evidence;
  const longestEndedMs = state.exact.at(state.exact.size - 1);
  const longestUnendedMs = Math.max(state.longestUnendedMs(KEPT_KILLS), oldestRunningMs);
  const unendedMs = Math.max(margin * longestEndedMs, RETRY_FACTOR * longestUnendedMs);
  const boundMs = HANG_BOUND * plainMs;
  return {
    deadlineMs: Math.min(unendedMs, boundMs),
    unendedMs,
    hangBoundMs: unendedMs > boundMs ? boundMs : null,
  };
}

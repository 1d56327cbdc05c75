import type { LevelState } from '../history/level-state.js';
import { RETRY_FACTOR } from './rules.js';
import type { UsualDuration } from './usual-duration.js';

export interface LevelDeadline {
  deadlineMs: number;
  /** Set when the usual duration lies among runs that did not end: what following them calls for. */
  unendedMs: number | null;
  /** Set when work keeps hanging and the deadline would otherwise have gone on doubling. */
  hangBoundMs: number | null;
}

/** What the longest of the newest unended runs is taken from. */
const KEPT_KILLS = 8;
/** Where work keeps hanging its deadline is at most this many times the plain one, so that it does not wind up to the cap. */
export const HANG_BOUND = 6;

/**
 * A margin times the usual duration. Where that lies among runs that did not end, the deadline follows them: twice the
 * longest that was ended or still runs, so that it grows until work fits under it. It is
 * bounded by what ended by itself: a class that keeps hanging does not wind its deadline up.
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

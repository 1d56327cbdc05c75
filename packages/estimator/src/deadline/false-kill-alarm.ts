import type { LevelState } from '../history/level-state.js';

/** Newest results of a class that the share is taken of: enough to tell a tenth, few enough to be over soon. */
export const ALARM_WINDOW = 100;
/** Results without which there is no alarm: two of ten may be chance. */
const ALARM_MIN_RESULTS = 30;

/** How often the newest deadlines of a class were wrong. */
export interface FalseKillRate {
  /** Results that show that a kill was wrong: the job needed longer than the deadline that had ended its first attempt. */
  wrong: number;
  /** Newest results that were looked at. */
  results: number;
  /** True: too many, so learned deadlines are not trusted for now. */
  alarm: boolean;
}

/**
 * The false kills among the newest {@link ALARM_WINDOW} results of a class. The alarm ends by itself: under longer limits
 * no further kills are wrong, and newer results push the old ones out of the window.
 */
export function falseKillRate(
  state: LevelState | undefined,
  { falseKillAlarm }: { falseKillAlarm: number },
): FalseKillRate {
  if (state === undefined) return { wrong: 0, results: 0, alarm: false };
  const results = Math.min(state.size, ALARM_WINDOW);
  const wrong = state.falseKills(ALARM_WINDOW);
  return { wrong, results, alarm: results >= ALARM_MIN_RESULTS && wrong > falseKillAlarm * results };
}

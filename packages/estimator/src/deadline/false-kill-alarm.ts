import type { LevelState } from '../history/level-state.js';

/** Newest results of a class: enough to measure a share of a tenth, few enough that the alarm ends soon. */
export const ALARM_WINDOW = 100;
/** Results needed for an alarm: two of ten may be chance. */
const ALARM_MIN_RESULTS = 30;

/** Wrong kills among the newest results of a class. */
export interface FalseKillRate {
  /** Results that show a wrong kill: the job needed longer than the deadline that had ended its first attempt. */
  wrong: number;
  /** Number of results counted. */
  results: number;
  /** The share is above the limit of the policy, so learned deadlines are not used for now. */
  alarm: boolean;
}

/**
 * Over the newest {@link ALARM_WINDOW} results of a class. The alarm ends by itself: longer limits cause no further wrong
 * kills, and newer results replace the old ones.
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

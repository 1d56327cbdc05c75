import type { EstimatorSection } from '@leeway/contract';
import type { LevelState } from '../history/level-state.js';

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
 * The false kills among the newest `falseKillWindow` results of a class. The alarm ends by itself: under longer limits
 * no further kills are wrong, and newer results push the old ones out of the window.
 */
export function falseKillRate(state: LevelState | undefined, policy: AlarmPolicy): FalseKillRate {
  if (state === undefined) return { wrong: 0, results: 0, alarm: false };
  const { falseKillWindow, falseKillAlarm, falseKillMinResults } = policy;
  const results = Math.min(state.size, falseKillWindow);
  const wrong = state.falseKills(falseKillWindow);
  return { wrong, results, alarm: results >= falseKillMinResults && wrong > falseKillAlarm * results };
}

export type AlarmPolicy = Pick<EstimatorSection, 'falseKillAlarm' | 'falseKillWindow' | 'falseKillMinResults'>;

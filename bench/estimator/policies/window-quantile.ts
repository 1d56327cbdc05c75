import type { MakePolicy } from '../policy.js';
import { SortedWindow } from './sorted-window.js';

const WINDOW = 200;
const MIN_RESULTS = 5;

/** A quantile of the newest 200 successes of a key, times a margin. Killed attempts are not counted. */
export function windowQuantile(q: number, margin: number): MakePolicy {
  return ({ hardCapMs, levels }) => {
    const keys = levels.map(() => new SortedWindow(WINDOW));
    const deadline = (level: number): number => {
      const key = keys[level];
      return key === undefined || key.sorted.length < MIN_RESULTS ? hardCapMs : margin * key.quantile(q);
    };
    return {
      first: (job) => deadline(job.levels[0] ?? 0),
      second: (job) => deadline(job.levels[0] ?? 0),
      ended: (job, _nowMs, end) => {
        if (!end.killed) keys[job.levels[0] ?? 0]?.add(end.durationMs);
      },
    };
  };
}

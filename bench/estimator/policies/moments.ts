import type { MakePolicy } from '../policy.js';

const MIN_RESULTS = 5;

/** A rule on mean and standard deviation of what was seen to succeed, per key, over all time. */
export function moments(rule: (mean: number, deviation: number) => number): MakePolicy {
  return ({ hardCapMs, levels }) => {
    const keys = levels.map(() => ({ count: 0, mean: 0, squares: 0 }));
    const deadline = (level: number): number => {
      const key = keys[level];
      return key === undefined || key.count < MIN_RESULTS
        ? hardCapMs
        : rule(key.mean, Math.sqrt(key.squares / key.count));
    };
    return {
      first: (job) => deadline(job.levels[0] ?? 0),
      second: (job) => deadline(job.levels[0] ?? 0),
      ended: (job, _nowMs, end) => {
        const key = keys[job.levels[0] ?? 0];
        if (end.killed || key === undefined) return;
        // Welford's update.
        key.count += 1;
        const before = end.durationMs - key.mean;
        key.mean += before / key.count;
        key.squares += before * (end.durationMs - key.mean);
      },
    };
  };
}

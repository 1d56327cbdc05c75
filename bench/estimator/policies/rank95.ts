import type { BenchJob, MakePolicy } from '../policy.js';
import { SortedWindow } from './sorted-window.js';

const WINDOW = 200;
const MIN_RESULTS = 20;
const FEW_RESULTS = 5;
const QUANTILE = 0.95;
const KEPT_KILLS = 8;
const BOUND = 8;

/**
 * The 95th percentile of the newest 200 results of the most specific level with 20, times a margin. The duration of a retry
 * is the result of a killed job; two kills are an infinite result. The deadline is computed again when it expires.
 */
export function rank95(margin: number): MakePolicy {
  return ({ hardCapMs, levels }) => {
    const states = levels.map(() => ({ results: new SortedWindow(WINDOW), kills: [] as number[] }));
    const ofLevel = (level: number, factor: number): number => {
      const { results, kills } = states[level] ?? { results: new SortedWindow(1), kills: [] };
      const quantile = results.quantile(QUANTILE);
      if (quantile < Infinity) return factor * quantile;
      const finite = results.sorted.filter((value) => value < Infinity);
      if (finite.length === 0) return hardCapMs;
      const growing = Math.max(factor * (finite.at(-1) ?? 0), 2 * Math.max(0, ...kills));
      return Math.min(growing, BOUND * factor * results.quantile(QUANTILE, finite.length));
    };
    const deadline = (job: BenchJob): number => {
      const levelWith = (count: number) =>
        job.levels.find((level) => (states[level]?.results.sorted.length ?? 0) >= count);
      const settled = levelWith(MIN_RESULTS);
      if (settled !== undefined) return ofLevel(settled, margin);
      const few = levelWith(FEW_RESULTS);
      return few === undefined ? hardCapMs : ofLevel(few, 2 * margin);
    };
    return {
      first: (job) => deadline(job),
      second: (job, _nowMs, killedMs) => Math.max(2 * killedMs, deadline(job)),
      again: (job, _nowMs, { killedMs }) => Math.max(2 * killedMs, deadline(job)),
      ended: (job, _nowMs, end) => {
        if (end.killed && end.attempt === 1) return;
        for (const level of job.levels) {
          const state = states[level];
          state?.results.add(end.killed ? Infinity : end.durationMs);
          if (end.killed) state?.kills.push(end.durationMs);
          if ((state?.kills.length ?? 0) > KEPT_KILLS) state?.kills.shift();
        }
      },
    };
  };
}

import type { MakePolicy } from '../policy.js';

const WINDOW = 200;
const MIN_RESULTS = 20;

interface Observation {
  valueMs: number;
  censored: boolean;
}

/**
 * Kaplan and Meier's estimate of a quantile, from the most specific level with 20 results. Every kill is an observation
 * censored at its deadline.
 */
export function kaplanMeier(q: number, margin: number): MakePolicy {
  return ({ hardCapMs, levels }) => {
    const states = levels.map(() => ({ window: [] as Observation[], quantileMs: Number.NaN }));
    const deadline = (of: readonly number[]): number => {
      const state = of
        .map((level) => states[level])
        .find((candidate) => (candidate?.window.length ?? 0) >= MIN_RESULTS);
      if (state === undefined) return hardCapMs;
      if (Number.isNaN(state.quantileMs)) state.quantileMs = survivalQuantile(state.window, q);
      return margin * state.quantileMs;
    };
    return {
      first: (job) => deadline(job.levels),
      second: (job) => deadline(job.levels),
      ended: (job, _nowMs, end) => {
        for (const level of job.levels) {
          const state = states[level];
          if (state === undefined) continue;
          state.window.push({ valueMs: end.durationMs, censored: end.killed });
          if (state.window.length > WINDOW) state.window.shift();
          state.quantileMs = Number.NaN;
        }
      },
    };
  };
}

/** Where the survival curve ends above 1 - q: the longest duration that was not censored. */
function survivalQuantile(window: readonly Observation[], q: number): number {
  const ascending = window.toSorted((a, b) => a.valueMs - b.valueMs);
  let surviving = 1;
  for (const [place, { valueMs, censored }] of ascending.entries()) {
    if (censored) continue;
    surviving *= 1 - 1 / (ascending.length - place);
    if (1 - surviving >= q) return valueMs;
  }
  return ascending.findLast(({ censored }) => !censored)?.valueMs ?? Infinity;
}

import type { MakePolicy } from '../policy.js';

const MEAN_GAIN = 1 / 8;
const DEVIATION_GAIN = 1 / 4;

/**
 * Jacobson's retransmission timer per key: smoothed mean plus `k` times smoothed deviation; each kill doubles it until
 * the next success (Karn). `asksAgain`: extends at expiry if it has grown.
 */
export function retransmissionTimer(k: number, asksAgain: boolean): MakePolicy {
  return ({ hardCapMs, levels }) => {
    const keys = levels.map(() => ({ mean: Number.NaN, deviation: 0, backOff: 1 }));
    const deadline = (level: number): number => {
      const key = keys[level];
      return key === undefined || Number.isNaN(key.mean) ? hardCapMs : key.backOff * (key.mean + k * key.deviation);
    };
    return {
      first: (job) => deadline(job.levels[0] ?? 0),
      second: (job, _nowMs, killedMs) => Math.max(2 * killedMs, deadline(job.levels[0] ?? 0)),
      ...(asksAgain
        ? { again: (job, _nowMs, { killedMs }) => Math.max(2 * killedMs, deadline(job.levels[0] ?? 0)) }
        : {}),
      ended: (job, _nowMs, end) => {
        const key = keys[job.levels[0] ?? 0];
        if (key === undefined) return;
        if (end.killed) {
          key.backOff *= 2;
          return;
        }
        key.backOff = 1;
        if (Number.isNaN(key.mean)) {
          key.mean = end.durationMs;
          key.deviation = end.durationMs / 2;
          return;
        }
        key.deviation += DEVIATION_GAIN * (Math.abs(end.durationMs - key.mean) - key.deviation);
        key.mean += MEAN_GAIN * (end.durationMs - key.mean);
      },
    };
  };
}

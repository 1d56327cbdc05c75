import type { MakePolicy } from '../policy.js';

const ACCURACY = 0.02;
const GROWTH = (1 + ACCURACY) / (1 - ACCURACY);
const BUCKETS = 1_024;
/** Weight that is left of a result after 200 further ones: 1/e. */
const DECAY = Math.exp(-1 / 200);
const MIN_WEIGHT = 5;

/** A DDSketch per key (logarithmic buckets, 2 % wide) whose counts decay, at a quantile. What was killed is not counted. */
export function decayedSketch(q: number, margin: number): MakePolicy {
  return ({ hardCapMs, levels }) => {
    const keys = levels.map((): Sketch => ({ counts: null, total: 0, unit: 1, seen: 0 }));
    const deadline = (level: number): number => {
      const key = keys[level];
      return key === undefined || key.seen < MIN_WEIGHT ? hardCapMs : margin * quantile(key, q);
    };
    return {
      first: (job) => deadline(job.levels[0] ?? 0),
      second: (job) => deadline(job.levels[0] ?? 0),
      ended: (job, _nowMs, end) => {
        const key = keys[job.levels[0] ?? 0];
        if (!end.killed && key !== undefined) count(key, end.durationMs);
      },
    };
  };
}

interface Sketch {
  counts: Float64Array | null;
  total: number;
  /** Instead of making all counts smaller, each further one weighs more. */
  unit: number;
  seen: number;
}

const MAX_UNIT = 1e100;

function count(sketch: Sketch, valueMs: number): void {
  sketch.counts ??= new Float64Array(BUCKETS);
  const bucket = Math.min(BUCKETS - 1, Math.max(0, Math.ceil(Math.log(valueMs) / Math.log(GROWTH))));
  sketch.counts[bucket] = (sketch.counts[bucket] ?? 0) + sketch.unit;
  sketch.total += sketch.unit;
  sketch.unit /= DECAY;
  sketch.seen += 1;
  if (sketch.unit < MAX_UNIT) return;
  for (let at = 0; at < BUCKETS; at += 1) sketch.counts[at] = (sketch.counts[at] ?? 0) / MAX_UNIT;
  sketch.total /= MAX_UNIT;
  sketch.unit /= MAX_UNIT;
}

function quantile({ counts, total }: Sketch, q: number): number {
  let above = 0;
  for (let bucket = BUCKETS - 1; bucket > 0; bucket -= 1) {
    above += counts?.[bucket] ?? 0;
    if (above > (1 - q) * total) return (2 * GROWTH ** bucket) / (GROWTH + 1);
  }
  return 1;
}

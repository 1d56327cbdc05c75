import { below, normal, randomFrom } from './random.js';
import { traceFrom, type Trace, type TraceRow } from './trace.js';

interface Shape {
  name: string;
  jobs: number;
  keys: number;
  /** Mean time between submissions. */
  gapMs: number;
  medianMs: number;
  /** Standard deviation of the logarithm of durations within a key. */
  spread: number;
  /** Standard deviation of the logarithm of the keys' medians. */
  keySpread: number;
  /** Factor on all durations at a position in the trace from 0 to 1. */
  slowness: (at: number) => number;
  hardCapMs: number;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const SHAPES: readonly Shape[] = [
  {
    name: 'synthetic_calm',
    jobs: 12_000,
    keys: 8,
    gapMs: SECOND,
    medianMs: 4 * SECOND,
    spread: 0.4,
    keySpread: 0.7,
    slowness: () => 1,
    hardCapMs: 10 * MINUTE,
  },
  {
    name: 'synthetic_waves',
    jobs: 12_000,
    keys: 12,
    gapMs: 2 * SECOND,
    medianMs: 10 * SECOND,
    spread: 0.6,
    keySpread: 0.8,
    slowness: (at) => 1 + 0.8 * Math.sin(12 * Math.PI * at) ** 2,
    hardCapMs: HOUR,
  },
  {
    name: 'synthetic_heavy',
    jobs: 10_000,
    keys: 120,
    gapMs: 20 * SECOND,
    medianMs: 2 * MINUTE,
    spread: 1.3,
    keySpread: 1.2,
    slowness: () => 1,
    hardCapMs: 24 * HOUR,
  },
  {
    name: 'synthetic_overload',
    jobs: 10_000,
    keys: 5,
    gapMs: SECOND,
    medianMs: 2 * SECOND,
    spread: 0.5,
    keySpread: 0.5,
    slowness: (at) => (at > 0.4 && at < 0.5 ? 8 : 1),
    hardCapMs: 10 * MINUTE,
  },
];

/** Synthetic traces, the same on every machine, so that the benchmark runs without data. They prove nothing about real work. */
export function syntheticTraces(): Trace[] {
  return SHAPES.map(synthesize);
}

function synthesize(shape: Shape): Trace {
  const random = randomFrom(shape.name);
  const medians = Array.from({ length: shape.keys }, () => shape.medianMs * Math.exp(shape.keySpread * normal(random)));
  const rows: TraceRow[] = [];
  let nowMs = 0;
  let key = 0;
  for (let job = 0; job < shape.jobs; job += 1) {
    nowMs += -Math.log(1 - random()) * shape.gapMs;
    // Keys come in runs, like real work; low numbers are more frequent.
    if (random() < 0.3) key = Math.floor(shape.keys * random() ** 2);
    const slow = shape.slowness(job / shape.jobs);
    const durationMs = Math.min(shape.hardCapMs, (medians[key] ?? 1) * slow * Math.exp(shape.spread * normal(random)));
    rows.push({ submittedMs: nowMs, durationMs, key: `work${below(() => key / shape.keys, 3)}:k${key}` });
  }
  return traceFrom(shape.name, rows, shape.hardCapMs);
}

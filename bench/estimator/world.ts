import { below, randomFrom } from './random.js';
import type { Trace } from './trace.js';

/** Changes of a trace, the same for all policies. */
export interface Scenario {
  name: string;
  /** Share of jobs whose first attempt never ends. */
  hangs: number;
  /** Share of those whose retry never ends either. */
  hangAgain: number;
  /** Factor on the durations in the last third. */
  stepFactor: number;
  /** Jobs in random order: a control without drift. */
  shuffled: boolean;
}

const USUAL: Scenario = { name: 'usual', hangs: 0.02, hangAgain: 0.5, stepFactor: 1, shuffled: false };
export const SCENARIOS = {
  usual: USUAL,
  stepThree: { ...USUAL, name: 'x3 step', stepFactor: 3 },
  stepTen: { ...USUAL, name: 'x10 step', stepFactor: 10 },
  hangsFive: { ...USUAL, name: '5 % persistent hangs', hangs: 0.05, hangAgain: 1 },
  hangsTen: { ...USUAL, name: '10 % persistent hangs', hangs: 0.1, hangAgain: 1 },
  shuffled: { ...USUAL, name: 'shuffled', shuffled: true },
} satisfies Record<string, Scenario>;

/** A trace with the duration of each attempt of each job, independent of deadlines. */
export interface World {
  trace: Trace;
  hardCapMs: number;
  scenario: Scenario;
  /** Index of the first job after the step. */
  stepAt: number;
  submittedMs: Float64Array;
  key: Int32Array;
  /** Duration of the job when it does not hang. */
  healthyMs: Float64Array;
  /** Duration of the first attempt; Infinity: it hangs. */
  firstMs: Float64Array;
  /** Duration of the retry; Infinity: it hangs. */
  retryMs: Float64Array;
}

const STEP_AT = 2 / 3;
/** Half of the retries take as long as the first attempt; the others as long as a job of the same key at most this many places away. */
const NEIGHBOURHOOD = 10;
const SAME_AGAIN = 0.5;

export function makeWorld(trace: Trace, scenario: Scenario, seed: string): World {
  const random = randomFrom(`${seed}/${trace.name}/${scenario.name}`);
  const count = trace.durationMs.length;
  const order = Int32Array.from({ length: count }, (_, at) => at);
  if (scenario.shuffled) {
    for (let at = count - 1; at > 0; at -= 1) {
      const other = below(random, at + 1);
      [order[at], order[other]] = [order[other] ?? 0, order[at] ?? 0];
    }
  }
  const stepAt = Math.floor(count * STEP_AT);
  const healthyMs = Float64Array.from(
    order,
    (from, at) => (trace.durationMs[from] ?? 1) * (at < stepAt ? 1 : scenario.stepFactor),
  );
  const key = Int32Array.from(order, (from) => trace.key[from] ?? 0);
  const firstMs = new Float64Array(count);
  const retryMs = new Float64Array(count);
  const places = placesByKey(key, trace.keys.length);
  const rankInKey = rankOf(places, count);
  for (let at = 0; at < count; at += 1) {
    const hangs = random() < scenario.hangs;
    const hangsAgain = hangs && random() < scenario.hangAgain;
    const same = random() < SAME_AGAIN;
    const siblings = places[key[at] ?? 0] ?? [];
    const offset = below(random, 2 * NEIGHBOURHOOD + 1) - NEIGHBOURHOOD;
    const neighbour = siblings[Math.min(siblings.length - 1, Math.max(0, (rankInKey[at] ?? 0) + offset))] ?? at;
    firstMs[at] = hangs ? Infinity : (healthyMs[at] ?? 1);
    retryMs[at] = hangsAgain ? Infinity : (healthyMs[same ? at : neighbour] ?? 1);
  }
  return {
    trace,
    hardCapMs: trace.hardCapMs * scenario.stepFactor,
    scenario,
    stepAt,
    submittedMs: trace.submittedMs,
    key,
    healthyMs,
    firstMs,
    retryMs,
  };
}

/** For each key the indexes of its jobs, in order. */
export function placesByKey(key: Int32Array, keys: number): number[][] {
  const places: number[][] = Array.from({ length: keys }, () => []);
  for (let at = 0; at < key.length; at += 1) places[key[at] ?? 0]?.push(at);
  return places;
}

function rankOf(places: readonly number[][], count: number): Int32Array {
  const rank = new Int32Array(count);
  for (const siblings of places) siblings.forEach((at, nth) => (rank[at] = nth));
  return rank;
}

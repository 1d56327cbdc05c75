import { longForm } from '@leeway/testkit';
import { describe, expect, it } from 'vitest';
import { leeway, leewayWith } from './policies/leeway.js';
import { windowQuantile } from './policies/window-quantile.js';
import type { MakePolicy } from './policy.js';
import { normal, randomFrom } from './random.js';
import { replay } from './replay.js';
import { traceFrom } from './trace.js';
import { makeWorld, SCENARIOS } from './world.js';

const JOBS = 4_000;
const GAP_MS = 60_000;
const MEDIAN_MS = 10_000;
const SPREAD = 0.6;
const CAP_MS = 600_000;
const SLOW_MS = 60_000;

/** Work that does not change and never hangs: every kill is wrong. */
function stationaryWorld(seed: string) {
  const random = randomFrom(`stationary/${seed}`);
  const rows = Array.from({ length: JOBS }, (_, i) => ({
    submittedMs: i * GAP_MS,
    durationMs: Math.min(CAP_MS, MEDIAN_MS * Math.exp(SPREAD * normal(random))),
    key: 'work',
  }));
  return makeWorld(traceFrom('stationary', rows, CAP_MS), { ...SCENARIOS.usual, hangs: 0 }, seed);
}

interface Quarter {
  /** Share of first attempts that were killed. */
  killed: number;
  /** Mean of their deadlines. */
  deadlineMs: number;
}

/** The first quarter of a replay, and its last. */
function quarters(make: MakePolicy, seed: string): [Quarter, Quarter] {
  const run = replay(stationaryWorld(seed), make);
  const quarter = (from: number): Quarter => ({
    killed: mean(run.firstKilled.subarray(from, from + JOBS / 4)),
    deadlineMs: mean(run.firstDeadlineMs.subarray(from, from + JOBS / 4)),
  });
  return [quarter(0), quarter((3 * JOBS) / 4)];
}

function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}

/** The policy of the product without a margin above its quantile, so that it kills one attempt in twenty on purpose. */
const bare = leewayWith({ margin: 1 }, { marginMin: 1, marginMax: 1, cautionStep: 0 });

describe.each(longForm(['1'], ['1', '2', '3']))(
  'on work that does not change (seed %s)',
  { timeout: SLOW_MS },
  (seed) => {
    it('a quantile of the survivors spirals down: each kill hides a long run, which shortens the next deadline (F44)', () => {
      const [early, late] = quarters(windowQuantile(0.95, 1), seed);
      expect(late.killed).toBeGreaterThan(0.5);
      expect(late.deadlineMs).toBeLessThan(0.6 * early.deadlineMs);
    });

    it('the policy of the product does not at the same quantile, as the retry gives the duration of a killed run (F44, E5)', () => {
      const [early, late] = quarters(bare, seed);
      expect(late.killed).toBeLessThan(0.15);
      expect(late.deadlineMs).toBeGreaterThan(0.75 * early.deadlineMs);
    });

    it('the policy of the product keeps its deadlines with its own margin (F44)', () => {
      const [early, late] = quarters(leeway, seed);
      expect(late.killed).toBeLessThan(0.02);
      expect(late.deadlineMs / early.deadlineMs).toBeGreaterThan(0.75);
      expect(late.deadlineMs / early.deadlineMs).toBeLessThan(1.33);
    });
  },
);

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { stepBudget, tooLittleFor } from './step-budget.js';
import { type SharedStep, stepShares, type StepShare } from './step-shares.js';

const RULES = { minStepMs: 10_000 };
const LEAST_MS = 5_000;
const MOST_STEPS = 8;
/** Rounding error of sums. */
const ERROR_MS = 1e-6;

interface Run {
  steps: SharedStep[];
  totalMs: number;
  criticalShare: number;
  /** Duration of each step, with its wait for a worker. */
  durationsMs: number[];
}

const run: fc.Arbitrary<Run> = fc.integer({ min: 1, max: MOST_STEPS }).chain((count) =>
  fc.record({
    steps: fc.tuple(...Array.from({ length: count }, (_, i) => stepAt(i))),
    totalMs: fc.integer({ min: 5_000, max: 600_000 }),
    criticalShare: fc.double({ min: 0.05, max: 0.95, noNaN: true }),
    durationsMs: fc.array(fc.integer({ min: 0, max: 700_000 }), { minLength: count, maxLength: count }),
  }),
);

/** A step that may need any earlier step, so that there is no circle. */
function stepAt(i: number): fc.Arbitrary<SharedStep> {
  const earlier = Array.from({ length: i }, (_, j) => `s${j}`);
  return fc.record({
    name: fc.constant(`s${i}`),
    needs: fc.subarray(earlier),
    critical: fc.boolean(),
    weight: fc.option(fc.double({ min: 0.1, max: 50, noNaN: true }), { nil: undefined }),
    expectedMs: fc.option(fc.integer({ min: 1, max: 100_000 }), { nil: null }),
  });
}

interface Ended {
  startMs: number;
  endMs: number;
  allocationMs: number;
  mostMs: number;
}

/** Runs a workflow by the rules: each step from the end of the steps it needs to its own end, or as long as it may take. */
function simulate({ steps, totalMs, criticalShare, durationsMs }: Run): {
  ended: Map<string, Ended>;
  shares: StepShare[];
} {
  const shares = stepShares(steps, criticalShare);
  const ended = new Map<string, Ended>();
  for (const [i, { name, needs = [] }] of steps.entries()) {
    if (needs.some((need) => !ended.has(need))) continue;
    const startMs = Math.max(0, ...needs.map((need) => ended.get(need)?.endMs ?? 0));
    const leftMs = totalMs - startMs;
    if (tooLittleFor(leftMs, null, LEAST_MS) !== null) continue;
    const { allocationMs, mostMs } = stepBudget(leftMs, shares[i] as StepShare, RULES);
    ended.set(name, { startMs, endMs: startMs + Math.min(durationsMs[i] ?? 0, mostMs), allocationMs, mostMs });
  }
  return { ended, shares };
}

it('the budgets of the steps never exceed the time left, for any steps and durations (F102, SCENARIOS F6)', () => {
  fc.assert(
    fc.property(run, (given) => {
      for (const { startMs, endMs, allocationMs, mostMs } of simulate(given).ended.values()) {
        const leftMs = given.totalMs - startMs;
        expect(allocationMs).toBeLessThanOrEqual(leftMs + ERROR_MS);
        expect(mostMs).toBeLessThanOrEqual(leftMs + ERROR_MS);
        expect(mostMs).toBeGreaterThanOrEqual(allocationMs - ERROR_MS);
        expect(endMs).toBeLessThanOrEqual(given.totalMs + ERROR_MS);
      }
    }),
  );
});

it('the heaviest path uses exactly the whole time when each step takes its allocation (F102)', () => {
  fc.assert(
    fc.property(run, ({ steps, criticalShare }) => {
      const shares = stepShares(steps, criticalShare);
      const [totalMs, rules] = [1e9, { minStepMs: 1 }];
      const endsMs = new Map<string, number>();
      for (const [i, { name, needs = [] }] of steps.entries()) {
        const startMs = Math.max(0, ...needs.map((need) => endsMs.get(need) ?? 0));
        endsMs.set(name, startMs + stepBudget(totalMs - startMs, shares[i] as StepShare, rules).allocationMs);
      }
      expect(Math.max(...endsMs.values()) / totalMs).toBeCloseTo(1, 6);
    }),
  );
});

it('every step gets at least its share of the whole, if the steps before it keep within their allocations (F101)', () => {
  fc.assert(
    fc.property(run, (given) => {
      const totalMs = 1e12;
      const shares = stepShares(given.steps, given.criticalShare);
      const endsMs = new Map<string, number>();
      for (const [i, { name, needs = [] }] of given.steps.entries()) {
        const startMs = Math.max(0, ...needs.map((need) => endsMs.get(need) ?? 0));
        const { allocationMs } = stepBudget(totalMs - startMs, shares[i] as StepShare, RULES);
        expect(allocationMs / totalMs).toBeGreaterThanOrEqual((shares[i]?.share ?? 1) * (1 - 1e-9));
        endsMs.set(name, startMs + (allocationMs * ((given.durationsMs[i] ?? 0) % 100)) / 100);
      }
    }),
  );
});

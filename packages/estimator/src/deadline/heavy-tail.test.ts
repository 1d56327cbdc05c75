import { describe, expect, it } from 'vitest';
import { decide } from './decide.js';
import { HANG_BOUND } from './level-deadline.js';
import { deadlineMs, policyOf, request, sample, StoredHistory } from '../../testing/written-history.js';

const policy = policyOf();
const HOUR_MS = 3_600_000;
/** Runs of a class whose standard deviation is larger than its mean: most take a second, one in seven a minute or more. */
const heavy = Array.from({ length: 100 }, (_, i) => sample(i % 7 === 3 ? 60_000 + 600 * i : 800 + 5 * i));
const { estimator } = policy;

describe('work with a heavy tail', () => {
  it('has in this test a standard deviation above its mean', () => {
    const values = heavy.map(({ valueMs }) => valueMs);
    const meanMs = values.reduce((sum, each) => sum + each, 0) / values.length;
    const deviationMs = Math.sqrt(values.reduce((sum, each) => sum + (each - meanMs) ** 2, 0) / values.length);
    expect(deviationMs).toBeGreaterThan(meanMs);
  });

  it('has a deadline above its long runs, and a stuck run still ends in bounded time (E7)', () => {
    const decision = decide(request(new StoredHistory(policy).add(heavy), policy));
    const longestMs = Math.max(...heavy.map(({ valueMs }) => valueMs));
    expect(decision.basis).toBe('history');
    expect(decision.deadlineMs).toBeGreaterThan(longestMs);
    expect(decision.deadlineMs).toBeLessThan(HOUR_MS / 2);
  });

  it('and hangs has a deadline up to the bound on hangs, after any number of kills (E7)', () => {
    const plainMs = deadlineMs(new StoredHistory(policy).add(heavy), policy);
    const hanging = new StoredHistory(policy).add([
      ...heavy,
      ...Array.from({ length: 40 }, () => sample(plainMs, { kind: 'hung', deadlineMs: plainMs })),
    ]);
    const longestMs = Math.max(...heavy.map(({ valueMs }) => valueMs));
    expect(deadlineMs(hanging, policy)).toBeLessThanOrEqual(HANG_BOUND * Math.max(plainMs, longestMs));
  });
});

describe('work of a tenth of a second', () => {
  it('is not ended by noise: its deadline is at least the floor, even with equal durations (E9)', () => {
    for (const count of [estimator.minSamples, 60, 200]) {
      const even = new StoredHistory(policy).add(Array.from({ length: count }, (_, i) => sample(100 + (i % 3))));
      expect([count, deadlineMs(even, policy) >= estimator.floorMs]).toEqual([count, true]);
    }
  });
});

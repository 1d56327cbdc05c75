import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from './decide.js';
import { CHANGE_MAX } from './rate-of-change.js';
import { NOW_MS, policyOf, request, sample, StoredHistory } from '../../testing/written-history.js';

const HOUR_MS = 3_600_000;
const ROUNDING_MS = 0.001;
const policy = policyOf({ floorMs: 0, coldFloorMs: 0 });
const { margin, minSamples } = policy.estimator;

/** `before` results of a second that ended two hours ago, then the results `since` of the last minutes. */
function afterAChange({ before, since, valueMs }: { before: number; since: number; valueMs: number }) {
  const history = new StoredHistory(policy)
    .add(Array.from({ length: before }, (_, i) => sample(1_000, { atMs: NOW_MS - 2 * HOUR_MS + i })))
    .add(Array.from({ length: since }, (_, i) => sample(valueMs, { atMs: NOW_MS - since + i })));
  return decide(request(history, policy));
}
const held = ({ caps }: ReturnType<typeof decide>) => caps.find(({ name }) => name === 'rate_of_change');

describe('the change of a deadline within an hour (F47)', () => {
  it('is at most a fixed factor, and the decision has it as a cap', () => {
    const decision = afterAChange({ before: 40, since: 10, valueMs: 900_000 });
    expect(decision.baseMs).toBeCloseTo(CHANGE_MAX * 1_000);
    expect(decision.deadlineMs).toBe(margin * CHANGE_MAX * 1_000);
    expect(held(decision)).toEqual({ name: 'rate_of_change', limitMs: expect.closeTo(decision.deadlineMs), bit: true });
    expect(decision.sentence).toContain('as far as a deadline may move at once');
  });

  it('is not bounded for a slow-down of less than that factor', () => {
    const decision = afterAChange({ before: 40, since: 10, valueMs: 29_000 });
    expect(decision.baseMs).toBeCloseTo(29_000);
    expect(held(decision)).toBeUndefined();
  });

  it('is not bounded without enough older results', () => {
    expect(afterAChange({ before: minSamples - 1, since: 100, valueMs: 900_000 }).baseMs).toBeCloseTo(900_000);
    expect(afterAChange({ before: 100, since: 200, valueMs: 900_000 }).baseMs).toBeCloseTo(900_000);
  });

  it('is measured against results that are older than an hour', () => {
    const history = new StoredHistory(policy)
      .add(Array.from({ length: 40 }, () => sample(1_000, { atMs: NOW_MS - 4 * HOUR_MS })))
      .add(Array.from({ length: 10 }, () => sample(900_000, { atMs: NOW_MS - 2 * HOUR_MS })));
    expect(decide(request(history, policy)).baseMs).toBeCloseTo(900_000);
  });

  it('is never above the bound, for any newer results', () => {
    const lately = fc.array(fc.double({ min: 1, max: 1e7, noNaN: true }), { minLength: 1, maxLength: 150 });
    fc.assert(
      fc.property(lately, (values) => {
        const history = new StoredHistory(policy)
          .add(Array.from({ length: 40 }, () => sample(1_000, { atMs: NOW_MS - 2 * HOUR_MS })))
          .add(values.map((valueMs) => sample(valueMs)));
        const { baseMs } = decide(request(history, policy));
        expect(baseMs).toBeLessThanOrEqual(CHANGE_MAX * 1_000 + ROUNDING_MS);
        expect(baseMs).toBeGreaterThanOrEqual(1_000 / CHANGE_MAX - ROUNDING_MS);
      }),
      { numRuns: 60 },
    );
  });
});

import { describe, expect, it } from 'vitest';
import { decide } from './decide.js';
import { RETRY_FACTOR, TUNING } from './rules.js';
import { SLOW_RUNS } from './total-estimate.js';
import { policyOf, request, sample, StoredHistory } from '../../testing/written-history.js';

const policy = policyOf();
const { marginMin } = TUNING;
const QUICK_MS = 1_000;
const SLOW_MS = 60_000;

/** A class with two hundred runs of which so many are slow: fewer than are above the quantile. */
function twoSorts(slow: number): StoredHistory {
  const every = Math.floor(200 / (slow + 1));
  const values = Array.from({ length: 200 }, (_, nth) =>
    nth % every === every - 1 && nth < every * slow ? SLOW_MS : QUICK_MS,
  );
  return new StoredHistory(policy).add(values.map((ms) => sample(ms)));
}

function afterKill(slow: number, previousDeadlineMs?: number) {
  const history = twoSorts(slow);
  const first = decide(request(history, policy));
  const killedMs = previousDeadlineMs ?? first.deadlineMs;
  return { first, next: decide(request(history, policy, { attempt: 2, previousDeadlineMs: killedMs })) };
}

describe('a class with two sorts of work', () => {
  it('allows the attempt after a kill as long as the slow sort takes, so that such a job can succeed (F43)', () => {
    const { first, next } = afterKill(8);
    expect(first.deadlineMs).toBeLessThan(SLOW_MS);
    expect(next.deadlineMs).toBe(marginMin * SLOW_MS);
    expect(next.caps).toContainEqual({ name: 'slow_runs', limitMs: marginMin * SLOW_MS, bit: true });
    expect(next.sentence).toContain('several runs like it took longer than the deadline that ended the attempt before');
  });

  it('does not do so for a few slow runs, which may be chance', () => {
    const { first, next } = afterKill(SLOW_RUNS - 1);
    expect(next.deadlineMs).toBe(RETRY_FACTOR * first.deadlineMs);
  });

  it('does not do so after an attempt that was allowed as much already', () => {
    const { next } = afterKill(8, 2 * SLOW_MS);
    expect(next.deadlineMs).toBe(RETRY_FACTOR * 2 * SLOW_MS);
  });
});

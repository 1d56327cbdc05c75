import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { remaining } from './remaining.js';

const decision = { expectedMs: 10_000, lateMs: 30_000, deadlineMs: 60_000 };

describe('remaining', () => {
  it('starts at p50 and p95 (F5)', () => {
    expect(remaining(decision, 0)?.expectedMs).toBeCloseTo(10_000, 6);
    expect(remaining(decision, 0)?.lateMs).toBeCloseTo(30_000, 6);
  });

  it('expects a run that outlasts its expectation to need longer, never less than nothing, never past the deadline (E12)', () => {
    const after20s = remaining(decision, 20_000);
    expect(after20s?.expectedMs).toBeGreaterThan(0);
    expect(20_000 + (after20s?.expectedMs ?? 0)).toBeGreaterThan(20_000);
    expect(remaining(decision, 90_000)).toEqual({ expectedMs: 0, lateMs: 0 });
  });

  it('never moves the expected end back, whatever the figures (F157)', () => {
    const ms = fc.double({ min: 0.01, max: 1e8, noNaN: true });
    fc.assert(
      fc.property(
        ms,
        ms,
        ms,
        fc.array(fc.double({ min: 0, max: 1e8, noNaN: true }), { minLength: 2, maxLength: 20 }),
        (expectedMs, more, slack, times) => {
          const of = { expectedMs, lateMs: expectedMs + more, deadlineMs: expectedMs + more + slack };
          const ends = times
            .toSorted((a, b) => a - b)
            .filter((elapsed) => elapsed < of.deadlineMs)
            .map((elapsed) => {
              const left = remaining(of, elapsed);
              expect(left?.expectedMs).toBeGreaterThanOrEqual(0);
              expect(left?.lateMs).toBeGreaterThanOrEqual((left?.expectedMs ?? 0) * (1 - 1e-9));
              return elapsed + (left?.expectedMs ?? 0);
            });
          for (let at = 1; at < ends.length; at += 1)
            expect(ends[at]).toBeGreaterThanOrEqual((ends[at - 1] ?? 0) * (1 - 1e-6));
        },
      ),
    );
  });

  it('knows nothing without history', () => {
    expect(remaining({ expectedMs: null, lateMs: null, deadlineMs: 1 }, 0)).toBeNull();
  });
});

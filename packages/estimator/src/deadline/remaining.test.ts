import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { remaining } from './remaining.js';

const positiveMs = fc.double({ min: 1, max: 1e7, noNaN: true });
const decisions = fc
  .tuple(positiveMs, fc.double({ min: 1, max: 30, noNaN: true }), fc.double({ min: 1, max: 10, noNaN: true }))
  .map(([expectedMs, spread, room]) => ({
    expectedMs,
    lateMs: expectedMs * spread,
    deadlineMs: expectedMs * spread * room,
  }));
const CLOSE = 1 + 1e-9;

describe('the remaining time of a run', () => {
  it('is at the start the expected duration (E12)', () => {
    const left = remaining({ expectedMs: 4_000, lateMs: 10_000, deadlineMs: 60_000 }, 0);
    expect(left?.expectedMs).toBeCloseTo(4_000, 3);
    expect(left?.lateMs).toBeCloseTo(10_000, 3);
  });

  it('is never negative, is late only after it was expected, and ends with the deadline (E12)', () => {
    fc.assert(
      fc.property(decisions, fc.double({ min: -1e6, max: 1e9, noNaN: true }), (decision, elapsedMs) => {
        const left = remaining(decision, elapsedMs);
        expect(left?.expectedMs).toBeGreaterThanOrEqual(0);
        expect((left?.expectedMs ?? Number.NaN) <= (left?.lateMs ?? Number.NaN) * CLOSE + 1e-6).toBe(true);
        expect(Math.max(0, elapsedMs) + (left?.lateMs ?? Number.NaN)).toBeLessThanOrEqual(
          Math.max(decision.deadlineMs, elapsedMs) * CLOSE,
        );
      }),
    );
  });

  it('never leads to an earlier expected end as the run gets older (E12)', () => {
    const twoTimes = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }));
    fc.assert(
      fc.property(decisions, twoTimes, (decision, shares) => {
        const [early, later] = shares.map((share) => share * decision.deadlineMs).sort((a, b) => a - b) as [
          number,
          number,
        ];
        for (const name of ['expectedMs', 'lateMs'] as const) {
          const end = (elapsedMs: number) => elapsedMs + (remaining(decision, elapsedMs)?.[name] ?? Number.NaN);
          expect(end(early)).toBeLessThanOrEqual(end(later) * CLOSE + 1e-6);
        }
      }),
    );
  });

  it('grows for a run that has outlasted its expected duration, as it is one of the long ones (E12)', () => {
    const decision = { expectedMs: 1_000, lateMs: 5_000, deadlineMs: 100_000 };
    expect(remaining(decision, 10_000)?.expectedMs).toBeGreaterThan(remaining(decision, 1_000)?.expectedMs ?? Infinity);
  });

  it('is null without history', () => {
    expect(remaining({ expectedMs: null, lateMs: null, deadlineMs: 1_000 }, 5)).toBeNull();
    expect(remaining({ expectedMs: 0, lateMs: 0, deadlineMs: 1_000 }, 5)).toBeNull();
  });
});

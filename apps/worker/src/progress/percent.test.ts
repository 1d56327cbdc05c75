import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Percent, reportedPercent } from './percent.js';

describe('the percentage of an attempt', () => {
  it.each([
    [{ percent: 40 }, 40],
    [{ done: 3, of: 12 }, 25],
    [{ done: 1, total: 8 }, 12.5],
    [{ done: 1, of: 0 }, undefined],
    [{ percent: '40' }, undefined],
    [{ percent: Number.NaN }, undefined],
    ['40 %', undefined],
    [null, undefined],
  ])('is read from the value that its handler reports: %j is %s (F157)', (value, percent) => {
    expect(reportedPercent(value)).toBe(percent);
  });

  it('is estimated from the time of runs like it, and marked as an estimate (F157)', () => {
    const percent = new Percent();
    expect([percent.value, percent.source]).toEqual([null, null]);
    percent.estimate(2_000, null);
    expect(percent.value).toBeNull();
    percent.estimate(2_000, 6_000);
    expect([percent.value, percent.source]).toEqual([25, 'estimated']);
  });

  it('is the first report of the handler, also when that is less than the estimate', () => {
    const percent = new Percent();
    percent.estimate(9_000, 1_000);
    percent.report(20);
    expect([percent.value, percent.source]).toEqual([20, 'reported']);
    percent.estimate(9_000, 100);
    expect(percent.value).toBe(20);
    percent.report(10);
    expect(percent.value).toBe(20);
  });

  it('never decreases and is never 100 before the end, whatever is reported (F157)', () => {
    const anyFigures = fc.array(fc.double({ min: -50, max: 200, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(anyFigures, fc.boolean(), (figures, reports) => {
        const percent = new Percent();
        let before = -1;
        for (const figure of figures) {
          if (reports) percent.report(figure);
          else percent.estimate(1_000, Math.max(0, figure) * 100);
          expect(percent.value).toBeGreaterThanOrEqual(before);
          expect(percent.value).toBeLessThan(100);
          before = percent.value ?? before;
        }
      }),
    );
  });
});

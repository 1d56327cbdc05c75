import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS, durationText, HOUR_MS, MINUTE_MS, SECOND_MS } from './duration.js';

describe('a duration as text', () => {
  it.each([
    [-5, '0 ms'],
    [0, '0 ms'],
    [0.4, '0 ms'],
    [420, '420 ms'],
    [999.4, '999 ms'],
    [999.6, '1 s'],
    [2_000, '2 s'],
    [3_449, '3.4 s'],
    [9_949, '9.9 s'],
    [9_951, '10 s'],
    [59_499, '59 s'],
    [59_700, '1 min'],
    [90 * SECOND_MS, '1 min 30 s'],
    [200 * SECOND_MS, '3 min 20 s'],
    [10 * MINUTE_MS, '10 min'],
    [HOUR_MS - 1, '1 h'],
    [150 * MINUTE_MS, '2 h 30 min'],
    [2 * HOUR_MS + 5 * MINUTE_MS, '2 h 5 min'],
    [DAY_MS - SECOND_MS, '1 d'],
    [76 * HOUR_MS, '3 d 4 h'],
  ])('shows %d ms as "%s"', (durationMs, text) => {
    expect(durationText(durationMs)).toBe(text);
  });

  it('never shows a full 60 s, 60 min or 24 h beside or instead of a larger unit', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 10 * DAY_MS, noNaN: true }),
        (ms) => !/\b(60 (s|min)|24 h|1000 ms)\b/.test(durationText(ms)),
      ),
    );
  });
});

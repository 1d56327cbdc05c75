import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDuration, showDuration } from './duration.js';

test.each([
  ['250ms', 250],
  ['30s', 30_000],
  ['1m30s', 90_000],
  ['1.5h', 5_400_000],
  ['2d', 172_800_000],
])('reads %s', (text, ms) => expect(parseDuration(text)).toBe(ms));

test.each(['30', '', '-1s', '1 s', 's', '1s2', '1e3s', '5min'])('refuses "%s" and names the form', (text) => {
  expect(() => parseDuration(text)).toThrow(
    `expected a duration with a unit, such as 250ms, 30s, 1m30s or 2h; got "${text}"`,
  );
});

test.each([
  [0, '0 ms'],
  [420, '420 ms'],
  [999.6, '1 s'],
  [2_000, '2 s'],
  [3_449, '3.4 s'],
  [59_400, '59 s'],
  [59_700, '1 min'],
  [90_000, '1 min 30 s'],
  [600_000, '10 min'],
  [7_500_000, '2 h 5 min'],
  [86_400_000, '1 d'],
  [-5, '0 ms'],
])('shows %d ms as %s', (ms, text) => expect(showDuration(ms)).toBe(text));

test('never shows sixty seconds or minutes beside a larger unit', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 * 86_400_000 }), (ms) => !/\b60 (s|min)\b/.test(showDuration(ms))),
  );
});

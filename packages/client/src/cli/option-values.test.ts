import { expect, test } from 'vitest';
import { durationMs } from './option-values.js';

test.each([
  ['250ms', 250],
  ['30s', 30_000],
  ['1m30s', 90_000],
  ['1.5h', 5_400_000],
  ['2d', 172_800_000],
])('the duration %s is read as %d ms', (text, ms) => expect(durationMs(text)).toBe(ms));

test.each(['30', '', '-1s', '1 s', 's', '1s2', '1e3s', '5min'])(
  'the duration "%s" is refused with the form that is expected',
  (text) => {
    expect(() => durationMs(text)).toThrow(
      `expected a duration with a unit, such as 250ms, 30s, 1m30s or 2h; got "${text}"`,
    );
  },
);

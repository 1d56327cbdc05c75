import { describe, expect, it } from 'vitest';
import { ageText, agoText, durationOrDash, durationText } from './duration-text.js';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

describe('durations in words', () => {
  it.each([
    [-5, '0 ms'],
    [0.4, '0 ms'],
    [999.4, '999 ms'],
    [999.6, '1.0 s'],
    [3_240, '3.2 s'],
    [9_949, '9.9 s'],
    [9_951, '10 s'],
    [59_499, '59 s'],
    [59_600, '1 min'],
    [200 * SECOND_MS, '3 min 20 s'],
    [HOUR_MS, '1 h'],
    [HOUR_MS - 1, '1 h'],
    [2 * HOUR_MS + 5 * MINUTE_MS, '2 h 5 min'],
    [24 * HOUR_MS - SECOND_MS, '23 h 59 min'],
    [76 * HOUR_MS, '3 d 4 h'],
  ])('says %d ms as "%s"', (durationMs, text) => {
    expect(durationText(durationMs)).toBe(text);
  });

  it('shows a dash for what is not known', () => {
    expect([durationOrDash(null), durationOrDash(undefined), durationOrDash(0)]).toEqual(['—', '—', '0 ms']);
  });

  it('tells ages without jumping about, also when another clock is ahead', () => {
    expect([ageText(-40), ageText(60), ageText(640), ageText(2_100)]).toEqual([
      '0.1 s ago',
      '0.1 s ago',
      '0.6 s ago',
      '2.1 s ago',
    ]);
    expect([agoText(-40), agoText(640), agoText(2_100)]).toEqual(['just now', 'just now', '2.1 s ago']);
  });
});

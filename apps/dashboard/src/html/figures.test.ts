import { describe, expect, it } from 'vitest';
import { ageText, agoText, durationOrDash, percentOrDash } from './figures.js';

describe('figures on pages', () => {
  it('are a dash where they are not known', () => {
    expect([durationOrDash(null), durationOrDash(undefined), durationOrDash(0)]).toEqual(['—', '—', '0 ms']);
    expect([percentOrDash(1, 0), percentOrDash(1, 4)]).toEqual(['—', '25 %']);
  });

  it('show ages below a second in tenths, and never a negative age', () => {
    expect([ageText(-40), ageText(60), ageText(640), ageText(2_100)]).toEqual([
      '0.1 s ago',
      '0.1 s ago',
      '0.6 s ago',
      '2.1 s ago',
    ]);
    expect([agoText(-40), agoText(640), agoText(2_100)]).toEqual(['just now', 'just now', '2.1 s ago']);
  });
});

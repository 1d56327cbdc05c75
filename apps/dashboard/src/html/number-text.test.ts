import { describe, expect, it } from 'vitest';
import { countText, percentOrDash, percentText, wholeText } from './number-text.js';

describe('numbers in words', () => {
  it('takes the singular for one only', () => {
    expect([countText(0, 'job'), countText(1, 'job'), countText(2, 'class', 'classes')]).toEqual([
      '0 jobs',
      '1 job',
      '2 classes',
    ]);
  });

  it('groups the digits of large numbers', () => {
    expect([wholeText(999), wholeText(12_345), wholeText(1_234_567)]).toEqual([
      '999',
      '12\u202f345',
      '1\u202f234\u202f567',
    ]);
  });

  it('never rounds a share to none or all that is neither', () => {
    expect([0, 0.004, 0.5, 0.996, 1].map(percentText)).toEqual(['0 %', '<1 %', '50 %', '>99 %', '100 %']);
    expect([percentOrDash(1, 0), percentOrDash(1, 4)]).toEqual(['—', '25 %']);
  });
});

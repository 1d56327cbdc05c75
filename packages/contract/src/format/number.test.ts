import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countText, percentText, wholeText } from './number.js';

describe('a number as text', () => {
  it('has its noun in the singular for one only', () => {
    expect([countText(0, 'job'), countText(1, 'job'), countText(2, 'class', 'classes')]).toEqual([
      '0 jobs',
      '1 job',
      '2 classes',
    ]);
  });

  it('has the digits of large numbers in groups of three', () => {
    expect([wholeText(999), wholeText(12_345), wholeText(1_234_567)]).toEqual([
      '999',
      '12\u202f345',
      '1\u202f234\u202f567',
    ]);
  });
});

describe('a share as a percentage', () => {
  it.each([
    [0, '0 %'],
    [0.0004, '<0.1 %'],
    [0.004, '0.4 %'],
    [0.025, '2.5 %'],
    [0.0996, '10 %'],
    [0.5, '50 %'],
    [0.996, '>99 %'],
    [1, '100 %'],
  ])('of %d is "%s"', (share, text) => {
    expect(percentText(share)).toBe(text);
  });

  it('is 0 or 100 percent only where the share is exactly that', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-9, max: 1 - 1e-9, noNaN: true }), (share) => {
        const text = percentText(share);
        return text !== '0 %' && text !== '100 %';
      }),
    );
  });
});

import { expect, test } from 'vitest';
import { ReadingBudget } from './reading-budget.js';

const at = (nowMs: number, stream = 'stdout') => ({ stream, nowMs });

test('reads at most so many characters in a second and skips the rest', () => {
  const budget = new ReadingBudget(1_000);
  expect(budget.take('x'.repeat(700), at(0))).toHaveLength(700);
  expect(budget.take(Buffer.from('x'.repeat(700)), at(0))).toHaveLength(300);
  expect(budget.take('x'.repeat(700), at(0))).toBe('');
  expect(budget.take('x'.repeat(700), at(500))).toHaveLength(500);
  expect(budget.take('x'.repeat(9_000), at(60_000))).toHaveLength(1_000);
});

test('completes a character that was cut, unless the text after it was skipped', () => {
  const budget = new ReadingBudget(10);
  const euro = Buffer.from('€');
  expect(budget.take(euro.subarray(0, 1), at(0))).toBe('');
  expect(budget.take(Buffer.from('e'), at(0, 'stderr'))).toBe('e');
  expect(budget.take(euro.subarray(1), at(0))).toBe('€');
  budget.take('x'.repeat(6), at(0, 'text'));
  expect(budget.take(euro, at(0))).toBe('');
  expect(budget.take(euro, at(1_000))).toBe('€');
});

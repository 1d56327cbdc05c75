import { expect, test } from 'vitest';
import { progressWords } from './progress-words.js';

const nothing = { value: null, elapsedMs: 1, expectedMs: null, remainingMs: null, deadlineMs: 9 };

test('says percent, phase and why nothing is to be seen (F157, F158)', () => {
  const phase = { name: 'deeper analysis', number: 2, of: 5, startedAtMs: 0, windowMs: 60_000 };
  const notice = { what: 'thinking' as const, forMs: 12_000 };
  expect(progressWords({ ...nothing, percent: 40, percentIs: 'estimated', phase, notice })).toEqual([
    '40 % (estimated)',
    'phase 2 of 5: deeper analysis',
    'thinking for 12 s',
  ]);
});

test('says nothing of what nobody knows', () => {
  expect(progressWords({ ...nothing, percent: null, percentIs: null, phase: null, notice: null })).toEqual([]);
  expect(progressWords({ ...nothing, percent: 7, percentIs: 'reported', phase: null, notice: null })).toEqual(['7 %']);
});

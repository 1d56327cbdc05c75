import type { Cap, Decision } from '@leeway/contract';
import { expect, test } from 'vitest';
import { pace } from './pace.js';

const decision = { deadlineMs: 12_000, expectedMs: 5_000, lateMs: 8_000, caps: [] as Cap[] } as Decision;

test('before the usual time: what is left', () =>
  expect(pace({ elapsedMs: 2_000, decision })).toBe('running for 2 s · usually 5 s, about 3 s left · ended at 12 s'));
test('past the usual time: no remaining time is made up', () =>
  expect(pace({ elapsedMs: 6_000, decision })).toBe('running for 6 s · longer than the usual 5 s · ended at 12 s'));
test('past the 95th percentile: late', () =>
  expect(pace({ elapsedMs: 9_000, decision })).toBe(
    'running for 9 s · late: 19 of 20 take no longer than 8 s · ended at 12 s',
  ));
test('what its worker says is left, given how far it is, counts before the plain difference (F157)', () => {
  expect(pace({ elapsedMs: 2_000, decision, leftMs: 4_000 })).toContain('usually 5 s, about 4 s left');
  expect(pace({ elapsedMs: 6_000, decision, leftMs: 1_500 })).toContain('longer than the usual 5 s, about 1.5 s left');
});
test('what a report of progress says comes first', () =>
  expect(pace({ elapsedMs: 2_000, decision, words: ['40 %', 'thinking for 6 s'] })).toBe(
    'running for 2 s · 40 % · thinking for 6 s · usually 5 s, about 3 s left · ended at 12 s',
  ));
test('without a timeout no end is named (F23)', () => {
  const caps: Cap[] = [{ name: 'backstop', limitMs: 12_000, bit: true }];
  expect(pace({ elapsedMs: 9_000, decision: { ...decision, caps }, deadlineMs: 12_000 })).toBe(
    'running for 9 s · late: 19 of 20 take no longer than 8 s · no timeout',
  );
});
test('a moved deadline is the one that counts', () =>
  expect(pace({ elapsedMs: 2_000, decision, deadlineMs: 20_000 })).toContain('ended at 20 s'));
test('without history it says so', () =>
  expect(pace({ elapsedMs: 0, decision: { ...decision, expectedMs: null, lateMs: null } })).toBe(
    'running for 0 ms · nothing learned of its like yet · ended at 12 s',
  ));

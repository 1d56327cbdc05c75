import { parsePolicy, type Decision } from '@leeway/contract';
import { expect, test } from 'vitest';
import { allotmentMs, leavesRoom, refusalToStart } from './step-time.js';

const policy = parsePolicy({ workflows: { minStepMs: 20_000 } });
const share = { name: 'share', limitMs: 30_000, bit: false } as const;
const decision = (changes: Partial<Decision>) => ({ deadlineMs: 80_000, caps: [], ...changes }) as unknown as Decision;

test('a step is allotted its share, or the limit that its submission sets; any other job nothing (F23)', () => {
  const step = { leftMs: 100_000 };
  expect(allotmentMs(step, decision({ basis: 'history', caps: [share] }))).toBe(30_000);
  expect(allotmentMs(step, decision({ basis: 'no_timeout' }))).toBe(80_000);
  expect(allotmentMs({}, decision({ basis: 'history' }))).toBeUndefined();
});

test('a step is refused when too little time is left for anything, or for nearly all runs like it (F104)', () => {
  const known = decision({ basis: 'history', lateMs: 40_000 });
  expect(refusalToStart({ leftMs: 50_000 }, known, policy)).toBeNull();
  expect(refusalToStart({ leftMs: 30_000 }, known, policy)).toContain('1 in 20 runs like it takes longer than 40 s');
  expect(refusalToStart({ leftMs: 5_000 }, decision({}), policy)).toContain('nothing starts with less than 10 s');
  expect(refusalToStart({}, known, policy)).toBeNull();
});

test('figures borrowed from other work are no reason to refuse a step', () => {
  expect(refusalToStart({ leftMs: 30_000 }, decision({ basis: 'borrowed', lateMs: 40_000 }), policy)).toBeNull();
});

test('a step has room for another attempt while enough time is left to start one', () => {
  expect(leavesRoom({ leftMs: 20_000 }, 10_000, policy)).toBe(true);
  expect(leavesRoom({ leftMs: 20_000 }, 10_001, policy)).toBe(false);
  expect(leavesRoom({}, 1e9, policy)).toBe(true);
});

import { parsePolicy } from '@leeway/contract';
import type { LimitChanges } from '@leeway/queue';
import { expect, test } from 'vitest';
import { newBoundMs, underTier } from './changed-limits.js';

const policy = parsePolicy({ tiers: { gold: { attemptMs: 10_000, overallMs: 20_000 } } });
const changed = (changes: LimitChanges, limits: object = {}) => {
  const job = { tier: 'gold', stream: false, limits: { ...limits } };
  return [underTier(changes, job, policy).overallMs, newBoundMs(changes, job, policy)];
};

test('a changed overall limit is capped by the tier, except for a job without a timeout (F23)', () => {
  expect(changed({ overallMs: 50_000 })).toEqual([20_000, 20_000]);
  expect(changed({ overallMs: 50_000 }, { timeoutMs: 'none' })).toEqual([50_000, 50_000]);
  expect(changed({ overallMs: 50_000, timeoutMs: 'none' })).toEqual([50_000, 50_000]);
  expect(changed({ overallMs: 50_000, timeoutMs: 5_000 }, { timeoutMs: 'none' })).toEqual([20_000, 20_000]);
});

test('the bound of all attempts changes with the timeout, within the overall limit of the submission (F23)', () => {
  expect(changed({ timeoutMs: 'none' })).toEqual([undefined, Infinity]);
  expect(changed({ timeoutMs: 'none' }, { overallMs: 15_000 })).toEqual([undefined, 15_000]);
  expect(changed({ timeoutMs: 'none' }, { mode: 'fast' })).toEqual([undefined, 30_000]);
  expect(changed({ timeoutMs: 5_000 }, { timeoutMs: 'none' })).toEqual([undefined, 20_000]);
  expect(changed({ idleMs: 5_000 })).toEqual([undefined, undefined]);
});

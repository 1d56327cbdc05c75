import { parsePolicy, type Decision } from '@leeway/contract';
import type { ClaimedAttempt } from '@leeway/queue';
import { expect, test } from 'vitest';
import { allocationOf, budgetOf } from './step-time.js';

const policy = parsePolicy({ workflows: { minStepMs: 10_000, overdraw: 2 } });
const share: Record<string, number> = { ofRest: 0.3, behind: 2 };
const step = { leftMs: 100_000, record: { number: (name: string) => share[name] } } as unknown as ClaimedAttempt;

test('a step without a timeout may take all that the steps behind it leave, and is allotted that (F23)', () => {
  expect(budgetOf(step, undefined, policy)).toEqual({ allocationMs: 30_000, mostMs: 60_000 });
  expect(budgetOf(step, 'none', policy)).toEqual({ allocationMs: 30_000, mostMs: 80_000 });
  expect(budgetOf(step, 70_000, policy)).toEqual(budgetOf(step, 'none', policy));
  const decision = { basis: 'no_timeout', deadlineMs: 80_000 } as Decision;
  expect(allocationOf(step, decision, policy)).toBe(80_000);
  expect(allocationOf(step, { ...decision, basis: 'history' }, policy)).toBe(30_000);
});

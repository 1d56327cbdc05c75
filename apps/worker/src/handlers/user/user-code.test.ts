import { setTimeout as sleep } from 'node:timers/promises';
import type { AttemptId } from '@leeway/contract';
import { expect, it } from 'vitest';
import { UserCode, WHOSE_CODE } from './user-code.js';

const [first, second] = ['a.1', 'b.1'] as AttemptId[] as [AttemptId, AttemptId];

it('the attempt whose code runs is known, also after a wait, once a job has lost a worker before (F94)', async () => {
  const code = new UserCode();
  const attemptAfterWait = async () => {
    await sleep(1);
    return code.current;
  };
  expect(await code.run({ id: first, isSuspect: false }, attemptAfterWait)).toBeNull();
  const both = [
    code.run({ id: first, isSuspect: true }, attemptAfterWait),
    code.run({ id: second, isSuspect: false }, attemptAfterWait),
  ];
  expect(await Promise.all(both)).toEqual([first, second]);
  expect(code.current).toBeNull();
});

it('the attempt whose code runs can be read from another thread', () => {
  const code = new UserCode();
  const currentAttempt = (globalThis as unknown as Record<symbol, () => AttemptId | null>)[Symbol.for(WHOSE_CODE)];
  expect(code.run({ id: first, isSuspect: true }, () => currentAttempt?.())).toBe(first);
});

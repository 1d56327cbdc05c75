import { setTimeout as sleep } from 'node:timers/promises';
import type { AttemptId } from '@leeway/contract';
import { expect, it } from 'vitest';
import { UserCode, WHOSE_CODE } from './user-code.js';

const [first, second] = ['a.1', 'b.1'] as AttemptId[] as [AttemptId, AttemptId];

it('knows whose code runs, also after it has waited, once a job has lost a worker before (F94)', async () => {
  const code = new UserCode();
  const whose = async () => {
    await sleep(1);
    return code.current;
  };
  expect(await code.run({ id: first, isSuspect: false }, whose)).toBeNull();
  const both = [code.run({ id: first, isSuspect: true }, whose), code.run({ id: second, isSuspect: false }, whose)];
  expect(await Promise.all(both)).toEqual([first, second]);
  expect(code.current).toBeNull();
});

it('can be asked from another thread', () => {
  const code = new UserCode();
  const ask = (globalThis as unknown as Record<symbol, () => AttemptId | null>)[Symbol.for(WHOSE_CODE)];
  expect(code.run({ id: first, isSuspect: true }, () => ask?.())).toBe(first);
});

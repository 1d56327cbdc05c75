import { expect, it } from 'vitest';
import { retryWrite } from './retry-write.js';

it('repeats a write until it succeeds, and reports each failure', async () => {
  const failures: unknown[] = [];
  let left = 2;
  const call = () => (left-- > 0 ? Promise.reject(new Error('OOM command not allowed')) : Promise.resolve('stored'));
  expect(
    await retryWrite(call, {
      mostMs: 60_000,
      nowMs: () => performance.now(),
      onFailure: (error) => failures.push(error),
    }),
  ).toBe('stored');
  expect(failures).toHaveLength(2);
});

it('rejects with the last error when the time is over', async () => {
  await expect(
    retryWrite(() => Promise.reject(new Error('still full')), {
      mostMs: 100,
      nowMs: () => performance.now(),
      onFailure: () => undefined,
    }),
  ).rejects.toThrow('still full');
});

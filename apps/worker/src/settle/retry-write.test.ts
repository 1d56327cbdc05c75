import { expect, it } from 'vitest';
import { persist } from './retry-write.js';

it('repeats a call until it goes through, and tells of each failure', async () => {
  const failures: unknown[] = [];
  let left = 2;
  const call = () => (left-- > 0 ? Promise.reject(new Error('OOM command not allowed')) : Promise.resolve('stored'));
  expect(
    await persist(call, { mostMs: 60_000, nowMs: () => performance.now(), onFailure: (error) => failures.push(error) }),
  ).toBe('stored');
  expect(failures).toHaveLength(2);
});

it('throws the last error when the time is over', async () => {
  await expect(
    persist(() => Promise.reject(new Error('still full')), {
      mostMs: 100,
      nowMs: () => performance.now(),
      onFailure: () => undefined,
    }),
  ).rejects.toThrow('still full');
});

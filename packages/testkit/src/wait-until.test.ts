import { expect, test } from 'vitest';
import { waitUntil } from './wait-until.js';

test('gives back what the condition found', async () => {
  let looks = 0;
  expect(await waitUntil(() => (++looks === 3 ? 'there' : undefined), { what: 'the third look', everyMs: 1 })).toBe(
    'there',
  );
});

test('a condition that throws counts as not yet', async () => {
  let looks = 0;
  const found = await waitUntil(
    () => {
      if (++looks < 3) throw new Error('too early');
      return looks;
    },
    { what: 'the third look', everyMs: 1 },
  );
  expect(found).toBe(3);
});

test('giving up names what was waited for and the last error', async () => {
  const never = waitUntil(() => Promise.reject(new Error('connection refused')), {
    what: 'the door to open',
    timeoutMs: 5,
    everyMs: 1,
  });
  await expect(never).rejects.toThrow(
    'gave up waiting for the door to open after 5 ms; the last look failed: connection refused',
  );
});

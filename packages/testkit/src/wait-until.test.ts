import { expect, test } from 'vitest';
import { waitUntil } from './wait-until.js';

test('waitUntil resolves with the first truthy value of the condition', async () => {
  let checks = 0;
  expect(await waitUntil(() => (++checks === 3 ? 'there' : undefined), { what: 'the third check', everyMs: 1 })).toBe(
    'there',
  );
});

test('waitUntil treats a condition that throws as not fulfilled yet', async () => {
  let checks = 0;
  const found = await waitUntil(
    () => {
      if (++checks < 3) throw new Error('too early');
      return checks;
    },
    { what: 'the third check', everyMs: 1 },
  );
  expect(found).toBe(3);
});

test('waitUntil rejects after its timeout with its subject and the last error', async () => {
  const never = waitUntil(() => Promise.reject(new Error('connection refused')), {
    what: 'the server to answer',
    timeoutMs: 5,
    everyMs: 1,
  });
  await expect(never).rejects.toThrow(
    'gave up waiting for the server to answer after 5 ms; the last check failed: connection refused',
  );
});

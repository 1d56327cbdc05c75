import { waitUntil } from '@leeway/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { someSettlement, startQueueBench, type QueueBench } from '../../testing/queue-bench.js';

let bench: QueueBench;
beforeEach(async () => {
  bench = await startQueueBench({ policy: { defaultTier: 'short', tiers: { short: { overallMs: 200 } } } });
});
afterEach(() => bench.stop());

it('the overall cap of a tier ends a back-off of a job without an overall limit (F122)', async () => {
  const { id } = await bench.submit();
  const { attempt } = await bench.claim();
  await bench.store.attempts.settle(
    attempt,
    someSettlement({ outcome: 'failed', cause: 'error', durationMs: 50, next: { step: 'retry', delayMs: 60_000 } }),
  );
  await waitUntil(async () => (await bench.store.watchdog.sweep()).expired === 1, {
    what: 'the sweep to end the back-off',
  });
  expect(await bench.get(id)).toMatchObject({ state: 'failed', cause: 'overall', limits: {} });
});

it('a delay before the first attempt does not count towards the overall limit', async () => {
  const { id } = await bench.submit({ delayMs: 300, limits: { overallMs: 100 } });
  const { attempt } = await bench.claim();
  expect(attempt.job).toBe(id);
  expect((await bench.get(id)).state).toBe('running');
});

it('a job without a timeout is bound by its own overall limit, and not by that of its tier (F23)', async () => {
  const backOff = someSettlement({
    outcome: 'stopped',
    cause: 'idle',
    durationMs: 5_000,
    next: { step: 'retry', delayMs: 60_000 },
  });
  const free = await bench.submit({ timeoutMs: 'none' });
  await bench.store.attempts.settle((await bench.claim()).attempt, backOff);
  const bounded = await bench.submit({ timeoutMs: 'none', limits: { overallMs: 5_100 } });
  await bench.store.attempts.settle((await bench.claim()).attempt, backOff);
  await waitUntil(async () => (await bench.store.watchdog.sweep()).expired === 1, {
    what: 'the sweep to end the job with a limit',
  });
  expect(await bench.get(bounded.id)).toMatchObject({ state: 'failed', cause: 'overall' });
  expect(await bench.get(free.id)).toMatchObject({ state: 'scheduled', cause: null });
});

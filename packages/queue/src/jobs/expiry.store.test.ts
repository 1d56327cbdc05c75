import { waitUntil } from '@leeway/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { someSettlement, startQueueBench, type QueueBench } from '../../testing/queue-bench.js';
import { PREFIX } from '../redis/keys.js';

let bench: QueueBench;
beforeEach(async () => {
  bench = await startQueueBench();
});
afterEach(() => bench.stop());

describe('the sweep ends a job', () => {
  it('with queue_wait when no worker took it in time (F74, F91)', async () => {
    const { id } = await bench.submit({ limits: { queueMs: 1 } });
    await waitUntil(async () => (await bench.store.watchdog.sweep()).expired === 1, {
      what: 'the sweep to end the wait',
    });
    expect(await bench.get(id)).toMatchObject({ state: 'failed', cause: 'queue_wait', error: { code: 'queue_wait' } });
  });

  it('with overall during its back-off (F91)', async () => {
    const { id } = await bench.submit({ limits: { overallMs: 200 } });
    const { attempt } = await bench.claim();
    await bench.store.attempts.settle(
      attempt,
      someSettlement({ outcome: 'failed', cause: 'error', durationMs: 50, next: { step: 'retry', delayMs: 60_000 } }),
    );
    await waitUntil(async () => (await bench.store.watchdog.sweep()).expired === 1, {
      what: 'the sweep to end the back-off',
    });
    expect(await bench.get(id)).toMatchObject({ state: 'failed', cause: 'overall' });
  });

  it('with complete_by while it waits (F91)', async () => {
    const { id } = await bench.submit({ completeBy: new Date(Date.now() + 150).toISOString(), delayMs: 60_000 });
    await waitUntil(async () => (await bench.store.watchdog.sweep()).expired === 1, {
      what: 'the sweep to end the wait',
    });
    expect(await bench.get(id)).toMatchObject({ state: 'failed', cause: 'complete_by' });
  });

  it('unless a worker took it in time', async () => {
    const { id } = await bench.submit({ limits: { queueMs: 60_000 } });
    await bench.claim();
    await bench.raw.zadd(`${PREFIX}:due`, 1, id);
    expect((await bench.store.watchdog.sweep()).expired).toBe(0);
    expect((await bench.get(id)).state).toBe('running');
  });
});

import type { JobId } from '@leeway/contract';
import { systemClock } from '@leeway/runtime';
import { waitUntil } from '@leeway/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { someSettlement, startQueueBench, type QueueBench } from '../../testing/queue-bench.js';
import { BULL_PREFIX, PREFIX } from '../redis/keys.js';
import { defineScripts, type RunScript } from '../redis/scripts.js';
import { BullQueues } from './bull-queues.js';
import { Outbox } from './outbox.js';

let bench: QueueBench;
beforeEach(async () => {
  bench = await startQueueBench();
});
afterEach(() => bench.stop());

async function bullState(id: string): Promise<string> {
  const [queue] = await bench.queue
    .bullQueues()
    .then((queues) =>
      queues.length > 0
        ? queues
        : bench.store
            .register({ kinds: ['command'], pausable: ['command'], queues: ['command'] })
            .then(() => bench.queue.bullQueues()),
    );
  return (await queue?.getJobState(id)) ?? 'no queue';
}

describe('a job whose process died between its record and BullMQ', () => {
  /** Sweeps with every entry so old that the sweep reconciles it. */
  const sweepOutbox = async () => {
    const ids = await bench.raw.zrange(`${PREFIX}:outbox`, '0', '-1');
    for (const id of ids) await bench.raw.zadd(`${PREFIX}:outbox`, 1, id);
    return bench.store.watchdog.sweep();
  };

  it('is handed out after its submission', async () => {
    const { id } = await bench.submit();
    const keys = await bench.raw.keys(`${BULL_PREFIX}:*`);
    await bench.raw.del(...keys);
    await bench.raw.zadd(`${PREFIX}:outbox`, 1, id);
    expect((await bench.store.watchdog.sweep()).repaired).toBe(1);
    expect((await bench.claim()).attempt.job).toBe(id);
  });

  it.each([
    ['a success', someSettlement(), 'completed'],
    [
      'a final failure',
      someSettlement({ outcome: 'failed', cause: 'error', next: { step: 'final', state: 'failed' } }),
      'failed',
    ],
    [
      'a failure with a back-off',
      someSettlement({ outcome: 'failed', cause: 'error', next: { step: 'retry', delayMs: 60_000 } }),
      'delayed',
    ],
    ['a release', someSettlement({ outcome: 'released', next: { step: 'requeue' } }), 'active'],
  ] as const)('has its place in BullMQ after %s was settled', async (_, settlement, expected) => {
    const { id } = await bench.submit();
    const { attempt } = await bench.claim();
    await bench.store.attempts.settle(attempt, settlement);
    await sweepOutbox();
    // A released job is taken again at once by the consumer of the bench.
    await waitUntil(async () => (await bullState(id)) === expected, { what: `the job to be ${expected} in BullMQ` });
    expect(await bench.raw.zcard(`${PREFIX}:outbox`)).toBe(0);
  });

  it('is removed from BullMQ after its cancel', async () => {
    const { id } = await bench.submit({ delayMs: 60_000 });
    expect(await bench.queue.controls.cancel(id as JobId, 'no')).toBe('cancelled');
    await sweepOutbox();
    await waitUntil(async () => (await bullState(id)) === 'unknown', { what: 'BullMQ to remove it' });
  });

  it('cannot be claimed after its cancel, when BullMQ hands it out', async () => {
    const { id } = await bench.submit();
    const { token } = await bench.take();
    await bench.queue.controls.cancel(id as JobId, 'no');
    expect(await bench.store.attempts.claim(id as JobId, { worker: 'w1', token })).toEqual({
      status: 'unavailable',
      state: 'cancelled',
      sync: { action: 'fail', reason: 'cancelled' },
    });
  });

  it('is removed from BullMQ where it has another end than the record', async () => {
    const { id } = await bench.submit();
    const { attempt, job, token } = await bench.claim();
    await bench.store.outbox.apply(job, token, { action: 'fail', reason: 'paused' });
    await bench.store.attempts.settle(attempt, someSettlement());
    await sweepOutbox();
    expect(await bullState(id)).toBe('unknown');
    expect(await bench.raw.zcard(`${PREFIX}:outbox`)).toBe(0);
  });

  it('is in BullMQ although a process was suspended in the middle of an older change (F94)', async () => {
    const { id } = await bench.submit({ delayMs: 60_000 });
    await bench.queue.controls.pause(id as JobId);
    await bench.raw.zadd(`${PREFIX}:outbox`, 1, id);
    let resumed = false;
    const run = defineScripts(bench.raw);
    const slow: RunScript = async (name, ...args) => {
      const reply = await run(name, ...args);
      // It has read the paused record, and is suspended until another process has resumed the job.
      if (name === 'read-sync' && !resumed) await bench.queue.controls.resume(id as JobId);
      resumed = true;
      return reply;
    };
    const bull = new BullQueues(bench.raw, (error) => void bench.errors.push(error));
    expect(await new Outbox(bull, slow, () => systemClock.wallMs()).reconcile(id as JobId)).toBe(true);
    await bull.close();
    expect(await bullState(id)).toBe('delayed');
  });

  it.each(['is gone from BullMQ', 'has ended in BullMQ'])('is found by the sweep when it waits and %s', async (how) => {
    const { id } = await bench.submit();
    const { job, token } = await bench.take();
    if (how === 'has ended in BullMQ')
      await bench.store.outbox.apply(job, token, { action: 'fail', reason: 'for a test' });
    else await bench.raw.del(...(await bench.raw.keys(`${BULL_PREFIX}:*`)));
    expect((await bench.store.watchdog.sweep()).repaired).toBe(1);
    expect((await bench.claim()).attempt.job).toBe(id);
    expect((await bench.store.watchdog.sweep()).repaired).toBe(0);
  });

  it('keeps a newer outbox entry when an older one is acknowledged', async () => {
    const { id } = await bench.submit();
    await bench.raw.zadd(`${PREFIX}:outbox`, 5, id);
    await bench.store.outbox.ack(id as JobId, 4);
    expect(await bench.raw.zscore(`${PREFIX}:outbox`, id)).toBe('5');
  });
});

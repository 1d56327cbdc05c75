import type { Redis } from 'ioredis';
import type { JobId } from '@leeway/contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PREFIX } from '../redis/keys.js';
import { someSettlement, startQueueBench, type QueueBench } from '../../testing/queue-bench.js';
import { MAX_AGE_MS, type Delivery, type DeliveryResult } from './webhooks.js';
import type { WorkerStore } from '../worker-store.js';

const TRIES = 3;
const webhook = { url: 'https://hooks.example.com/leeway?token=1' };
const FAILED: DeliveryResult = { ok: false, error: 'it answered 500', isFinal: false };

let bench: QueueBench;
let other: WorkerStore;
beforeEach(async () => {
  bench = await startQueueBench({ policy: { webhooks: { attempts: TRIES } } });
  other = bench.another('w2');
});
afterEach(() => bench.stop());

const due = () => bench.raw.zrange(`${PREFIX}:webhooks`, '0', '-1');
/** Ends the pause before its next try, or the lease of the worker that holds it. */
const makeDue = (id: string) => bench.raw.zadd(`${PREFIX}:webhooks`, 'XX', 1, id);
const stateOf = async (id: string) => (await bench.get(id)).webhook?.state;

async function ended(): Promise<JobId> {
  const { id } = await bench.submit({ webhook });
  await bench.queue.controls.cancel(id as JobId, 'no');
  return id as JobId;
}

async function takeOne(store = bench.store): Promise<Delivery> {
  const taken = await store.webhooks.take(10);
  expect(taken).toHaveLength(1);
  return taken[0] as Delivery;
}

async function endEvents(id: string): Promise<number> {
  const events = await bench.raw.lrange(`${PREFIX}:events:${id}`, 0, -1);
  return events.filter((event) => event.startsWith('["webhook_ended"')).length;
}

describe('a job with a webhook gets a delivery in the script that ends it (F169)', () => {
  const ends: Record<string, (id: JobId) => Promise<unknown>> = {
    'a success': async () => bench.store.attempts.settle((await bench.claim()).attempt, someSettlement()),
    'a failure': async () =>
      bench.store.attempts.settle(
        (await bench.claim()).attempt,
        someSettlement({ outcome: 'stopped', cause: 'deadline', next: { step: 'final', state: 'failed' } }),
      ),
    'a cancel while it waits': (id) => bench.queue.controls.cancel(id, 'no'),
    'the loss of its worker': async (id) => {
      await bench.claim();
      await bench.store.attempts.markLost(id, 1, 0);
    },
    'the end of its wait': async (id) => {
      await bench.raw.zadd(`${PREFIX}:due`, 'XX', 1, id);
      await bench.store.watchdog.sweep();
    },
  };

  it.each(Object.entries(ends))('by %s', async (_, end) => {
    const { id } = await bench.submit({ webhook, onWorkerLost: 'fail', limits: { queueMs: 3_600_000 } });
    expect(await bench.get(id)).toMatchObject({
      webhook: { state: 'pending', url: 'https://hooks.example.com/leeway?…', delivery: null },
    });
    expect(await due()).toEqual([]);
    await end(id as JobId);
    expect(await due()).toEqual([id]);
    expect((await bench.store.watchdog.sweep()).webhooksDue).toBe(1);
    expect(await bench.store.webhooks.take(10)).toMatchObject([{ id: `${id}.finished`, attempt: 1, url: webhook.url }]);
  });

  it('and one without a webhook gets none', async () => {
    const { id } = await bench.submit();
    await bench.queue.controls.cancel(id as JobId, 'no');
    expect(await due()).toEqual([]);
    expect((await bench.store.watchdog.sweep()).webhooksDue).toBe(0);
    expect((await bench.get(id)).webhook).toBeNull();
  });
});

describe('a delivery (F169)', () => {
  it('is taken by one worker at a time, and is over once it has arrived', async () => {
    const id = await ended();
    const mine = await takeOne();
    expect(await other.webhooks.take(10)).toEqual([]);
    expect(await bench.store.webhooks.record(mine, { ok: true })).toBe('delivered');
    expect(await due()).toEqual([]);
    expect(await bench.get(id)).toMatchObject({ webhook: { state: 'delivered', attempts: 1, lastError: null } });
    expect(await endEvents(id)).toBe(1);
    expect(await bench.store.webhooks.record(mine, FAILED)).toBe('late');
    expect((await bench.queue.tally()).webhooks).toMatchObject({ waiting: 0, delivered: 1 });
  });

  it('is tried again with the same id after a pause, and given up after the last try', async () => {
    const id = await ended();
    for (let attempt = 1; attempt <= TRIES; attempt += 1) {
      const mine = await takeOne();
      expect(mine).toMatchObject({ id: `${id}.finished`, attempt });
      expect(await bench.store.webhooks.record(mine, FAILED)).toBe(attempt < TRIES ? 'again' : 'given_up');
      expect(await bench.store.webhooks.take(10)).toEqual([]);
      if (attempt < TRIES) await makeDue(id);
    }
    expect(await due()).toEqual([]);
    expect(await bench.get(id)).toMatchObject({
      webhook: { state: 'given_up', attempts: TRIES, lastError: 'it answered 500', nextAt: null },
    });
    expect(await endEvents(id)).toBe(1);
    expect((await bench.queue.tally()).webhooks).toMatchObject({ failedTries: TRIES, givenUp: 1 });
  });

  it('is given up at once where another try would end the same way, or when it is too old', async () => {
    const first = await ended();
    expect(await bench.store.webhooks.record(await takeOne(), { ...FAILED, isFinal: true })).toBe('given_up');
    expect(await stateOf(first)).toBe('given_up');
    const second = await ended();
    await bench.raw.hset(`${PREFIX}:job:${second}`, 'finishedAt', Date.now() - MAX_AGE_MS);
    expect(await bench.store.webhooks.record(await takeOne(), FAILED)).toBe('given_up');
  });

  it('of a worker that died is made by another one after the lease; a success that is recorded late counts', async () => {
    const id = await ended();
    const lost = await takeOne();
    await makeDue(id);
    const again = await takeOne(other);
    expect(again).toMatchObject({ id: lost.id, attempt: 2 });
    expect(await bench.store.webhooks.record(lost, FAILED)).toBe('late');
    expect(await stateOf(id)).toBe('waiting');
    expect(await bench.store.webhooks.record(lost, { ok: true })).toBe('delivered');
    expect(await other.webhooks.record(again, { ok: true })).toBe('late');
    expect((await bench.queue.tally()).webhooks.delivered).toBe(1);
  });

  it('that kills every worker that takes it is given up', async () => {
    const id = await ended();
    for (let i = 0; i < TRIES; i += 1) {
      await takeOne();
      await makeDue(id);
    }
    expect(await bench.store.webhooks.take(10)).toEqual([]);
    expect(await bench.get(id)).toMatchObject({ webhook: { state: 'given_up', attempts: TRIES } });
    expect(await due()).toEqual([]);
  });

  it('of a job that is retried is dropped: its next end has a delivery of its own', async () => {
    const id = await ended();
    const old = await takeOne();
    await bench.queue.controls.retry(id);
    expect(await due()).toEqual([]);
    expect(await stateOf(id)).toBe('pending');
    expect(await bench.store.webhooks.record(old, FAILED)).toBe('late');
    await bench.queue.controls.cancel(id, 'no');
    expect(await bench.store.webhooks.record(old, { ok: true })).toBe('late');
    expect(await takeOne()).toMatchObject({ id: `${id}.finished.2`, attempt: 1 });
  });

  it('keeps its record from being pruned, and is deleted with it', async () => {
    const id = await ended();
    const old = () => bench.raw.zadd(`${PREFIX}:ended`, 'XX', 1, id);
    await old();
    await bench.store.prune();
    expect(await stateOf(id)).toBe('waiting');
    await bench.store.webhooks.record(await takeOne(), { ok: true });
    await old();
    await bench.store.prune();
    expect(await bench.queue.get(id)).toBeUndefined();
    await bench.raw.zadd(`${PREFIX}:webhooks`, 1, id);
    expect(await bench.store.webhooks.take(10)).toEqual([]);
    expect(await due()).toEqual([]);
  });

  it('whose record cannot be read does not delay others', async () => {
    const broken = await ended();
    const id = await ended();
    await bench.raw.hset(`${PREFIX}:job:${broken}`, 'webhook', '{');
    expect(await takeOne()).toMatchObject({ job: id });
  });

  it('creates no list of events when that of its job has expired', async () => {
    const id = await ended();
    await bench.raw.del(`${PREFIX}:events:${id}`);
    await bench.store.webhooks.record(await takeOne(), { ok: true });
    expect(await bench.raw.exists(`${PREFIX}:events:${id}`)).toBe(0);
  });

  it('is made although its worker dies between any two commands, and sent at most twice then', async () => {
    for (let commands = 0; ; commands += 1) {
      const id = await ended();
      const sent: string[] = [];
      const dying = bench.another(`dying-${commands}`);
      await dying.outbox.ack('nobody' as JobId, 0);
      const died = dieAfter(dying, commands);
      const whole = deliver(dying, sent).then(() => 'done' as const);
      const outcome = await Promise.race([whole, died]);
      await makeDue(id);
      await deliver(bench.store, sent);
      expect(await stateOf(id)).toBe('delivered');
      expect(await due()).toEqual([]);
      expect(new Set(sent)).toEqual(new Set([`${id}.finished`]));
      expect(sent.length).toBeLessThanOrEqual(outcome === 'done' ? 1 : 2);
      if (outcome === 'done') return expect(commands).toBeGreaterThan(1);
    }
  });
});

/** As a worker does it: take, send, record. */
async function deliver(store: WorkerStore, sent: string[]): Promise<void> {
  for (const delivery of await store.webhooks.take(10)) {
    sent.push(delivery.id);
    await store.webhooks.record(delivery, { ok: true });
  }
}

/** The process sends so many commands more, and then nothing for ever. */
function dieAfter(store: WorkerStore, commands: number): Promise<'died'> {
  const { redis } = store as unknown as { redis: Redis };
  const send = redis.sendCommand.bind(redis);
  let left = commands;
  return new Promise((resolve) => {
    redis.sendCommand = (...args) => {
      left -= 1;
      if (left >= 0) return send(...args);
      resolve('died');
      return new Promise(() => {});
    };
  });
}

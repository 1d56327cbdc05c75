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

const hooks = () => bench.raw.zrange(`${PREFIX}:webhooks`, '0', '-1');
/** Its pause, or the lease of whoever holds it, is over. */
const later = (id: string) => bench.raw.zadd(`${PREFIX}:webhooks`, 'XX', 1, id);
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

describe('every end of a job puts its webhook on the list, in the script that ends it (F169)', () => {
  const endings: Record<string, (id: JobId) => Promise<unknown>> = {
    success: async () => bench.store.attempts.settle((await bench.claim()).attempt, someSettlement()),
    failure: async () =>
      bench.store.attempts.settle(
        (await bench.claim()).attempt,
        someSettlement({ outcome: 'stopped', cause: 'deadline', next: { step: 'final', state: 'failed' } }),
      ),
    'cancel of a waiting job': (id) => bench.queue.controls.cancel(id, 'no'),
    'loss of its worker': async (id) => {
      await bench.claim();
      await bench.store.attempts.markLost(id, 1, 0);
    },
    'end of its wait': async (id) => {
      await bench.raw.zadd(`${PREFIX}:due`, 'XX', 1, id);
      await bench.store.watchdog.sweep();
    },
  };

  it.each(Object.entries(endings))('%s', async (_, end) => {
    const { id } = await bench.submit({ webhook, onWorkerLost: 'fail', limits: { queueMs: 3_600_000 } });
    expect(await bench.get(id)).toMatchObject({
      webhook: { state: 'pending', url: 'https://hooks.example.com/leeway?…', delivery: null },
    });
    expect(await hooks()).toEqual([]);
    await end(id as JobId);
    expect(await hooks()).toEqual([id]);
    expect((await bench.store.watchdog.sweep()).webhooksDue).toBe(1);
    expect(await bench.store.webhooks.take(10)).toMatchObject([{ id: `${id}.finished`, attempt: 1, url: webhook.url }]);
  });

  it('and nothing where there is no webhook', async () => {
    const { id } = await bench.submit();
    await bench.queue.controls.cancel(id as JobId, 'no');
    expect(await hooks()).toEqual([]);
    expect((await bench.store.watchdog.sweep()).webhooksDue).toBe(0);
    expect((await bench.get(id)).webhook).toBeNull();
  });
});

describe('a delivery (F169)', () => {
  it('is held by one worker, and is over once it was told', async () => {
    const id = await ended();
    const mine = await takeOne();
    expect(await other.webhooks.take(10)).toEqual([]);
    expect(await bench.store.webhooks.record(mine, { ok: true })).toBe('delivered');
    expect(await hooks()).toEqual([]);
    expect(await bench.get(id)).toMatchObject({ webhook: { state: 'delivered', attempts: 1, lastError: null } });
    expect(await endEvents(id)).toBe(1);
    expect(await bench.store.webhooks.record(mine, FAILED)).toBe('late');
    expect((await bench.queue.tally()).webhooks).toMatchObject({ waiting: 0, delivered: 1 });
  });

  it('comes again with the same id after a pause, and is given up in the end', async () => {
    const id = await ended();
    for (let attempt = 1; attempt <= TRIES; attempt += 1) {
      const mine = await takeOne();
      expect(mine).toMatchObject({ id: `${id}.finished`, attempt });
      expect(await bench.store.webhooks.record(mine, FAILED)).toBe(attempt < TRIES ? 'again' : 'given_up');
      expect(await bench.store.webhooks.take(10)).toEqual([]);
      if (attempt < TRIES) await later(id);
    }
    expect(await hooks()).toEqual([]);
    expect(await bench.get(id)).toMatchObject({
      webhook: { state: 'given_up', attempts: TRIES, lastError: 'it answered 500', nextAt: null },
    });
    expect(await endEvents(id)).toBe(1);
    expect((await bench.queue.tally()).webhooks).toMatchObject({ failedTries: TRIES, givenUp: 1 });
  });

  it('is given up at once where another try would end the same way, and when it is too old', async () => {
    const first = await ended();
    expect(await bench.store.webhooks.record(await takeOne(), { ...FAILED, isFinal: true })).toBe('given_up');
    expect(await stateOf(first)).toBe('given_up');
    const second = await ended();
    await bench.raw.hset(`${PREFIX}:job:${second}`, 'finishedAt', Date.now() - MAX_AGE_MS);
    expect(await bench.store.webhooks.record(await takeOne(), FAILED)).toBe('given_up');
  });

  it('of a worker that dies with it is the next one’s after the lease; the late word of a success counts', async () => {
    const id = await ended();
    const lost = await takeOne();
    await later(id);
    const again = await takeOne(other);
    expect(again).toMatchObject({ id: lost.id, attempt: 2 });
    expect(await bench.store.webhooks.record(lost, FAILED)).toBe('late');
    expect(await stateOf(id)).toBe('waiting');
    expect(await bench.store.webhooks.record(lost, { ok: true })).toBe('delivered');
    expect(await other.webhooks.record(again, { ok: true })).toBe('late');
    expect((await bench.queue.tally()).webhooks.delivered).toBe(1);
  });

  it('that kills whoever holds it is given up', async () => {
    const id = await ended();
    for (let i = 0; i < TRIES; i += 1) {
      await takeOne();
      await later(id);
    }
    expect(await bench.store.webhooks.take(10)).toEqual([]);
    expect(await bench.get(id)).toMatchObject({ webhook: { state: 'given_up', attempts: TRIES } });
    expect(await hooks()).toEqual([]);
  });

  it('of a job that is tried again is dropped: the end to come has one of its own', async () => {
    const id = await ended();
    const old = await takeOne();
    await bench.queue.controls.retry(id);
    expect(await hooks()).toEqual([]);
    expect(await stateOf(id)).toBe('pending');
    expect(await bench.store.webhooks.record(old, FAILED)).toBe('late');
    await bench.queue.controls.cancel(id, 'no');
    expect(await bench.store.webhooks.record(old, { ok: true })).toBe('late');
    expect(await takeOne()).toMatchObject({ id: `${id}.finished.2`, attempt: 1 });
  });

  it('keeps its job from being forgotten, and is forgotten with it', async () => {
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
    expect(await hooks()).toEqual([]);
  });

  it('whose record cannot be read holds up no other', async () => {
    const broken = await ended();
    const id = await ended();
    await bench.raw.hset(`${PREFIX}:job:${broken}`, 'webhook', '{');
    expect(await takeOne()).toMatchObject({ job: id });
  });

  it('leaves no stream of events behind when that of the job is gone', async () => {
    const id = await ended();
    await bench.raw.del(`${PREFIX}:events:${id}`);
    await bench.store.webhooks.record(await takeOne(), { ok: true });
    expect(await bench.raw.exists(`${PREFIX}:events:${id}`)).toBe(0);
  });

  it('is made however the worker dies in the middle of it, and at most once more than it was sent', async () => {
    for (let commands = 0; ; commands += 1) {
      const id = await ended();
      const sent: string[] = [];
      const doomed = bench.another(`doomed-${commands}`);
      await doomed.outbox.ack('nobody' as JobId, 0);
      const died = dieAfter(doomed, commands);
      const whole = tell(doomed, sent).then(() => 'done' as const);
      const outcome = await Promise.race([whole, died]);
      await later(id);
      await tell(bench.store, sent);
      expect(await stateOf(id)).toBe('delivered');
      expect(await hooks()).toEqual([]);
      expect(new Set(sent)).toEqual(new Set([`${id}.finished`]));
      expect(sent.length).toBeLessThanOrEqual(outcome === 'done' ? 1 : 2);
      if (outcome === 'done') return expect(commands).toBeGreaterThan(1);
    }
  });
});

/** As a worker does it: take, send, say so. */
async function tell(store: WorkerStore, sent: string[]): Promise<void> {
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

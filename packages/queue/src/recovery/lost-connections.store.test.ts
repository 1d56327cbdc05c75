import type { Redis } from 'ioredis';
import { CONNECTION_CHECK_MS } from './watchdog.js';
import { waitUntil } from '@leeway/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { beat } from '../workers/beat.js';
import { workerClientName } from './client-names.js';
import { defineScripts } from '../redis/scripts.js';
import { startQueueBench, type QueueBench } from '../../testing/queue-bench.js';
import { handClock, RETURN_MS } from '../../testing/watched-redis.js';

let bench: QueueBench;
beforeEach(async () => {
  bench = await startQueueBench();
});
afterEach(() => bench.stop());

/** A heartbeat of a worker. */
const present = (worker: string) =>
  beat(defineScripts(bench.raw), { worker, info: '{}', supervision: bench.policy.supervision }, []);

it('the attempts of a worker whose connections are gone are requeued, and no others', async () => {
  const ids = [await bench.submit(), await bench.submit()].map(({ id }) => id);
  const dead = await bench.claim('dead');
  await bench.claim('alive');
  const living = (bench.raw as Redis).duplicate({ connectionName: 'leeway-beat:alive' });
  await living.ping();
  for (const worker of ['dead', 'alive']) await present(worker);
  await bench.store.watchdog.sweep();
  await waitUntil(async () => (await bench.store.watchdog.sweepConnections()) === 1, {
    what: 'the lost connection to be noticed',
  });
  const jobs = await Promise.all(ids.map((id) => bench.get(id)));
  expect(jobs.filter(({ losses }) => losses > 0).map(({ id }) => id)).toEqual([dead.attempt.job]);
  living.disconnect();
});

it('a lost connection means nothing right after Redis was away', async () => {
  await bench.submit();
  await bench.claim('cut');
  const clock = handClock();
  const { watchdog } = bench.another('w2', clock.nowMs);
  const pass = async (ms: number) => {
    let requeued = 0;
    for (let passed = 0; passed < ms; passed += 500) {
      clock.advance(500);
      await watchdog.sweep();
      await present('cut');
      requeued += await watchdog.sweepConnections();
    }
    return requeued;
  };
  // Seen lately and not connected: it may be reconnecting.
  await watchdog.sweep();
  clock.advance(30_000);
  await present('cut');
  for (let looks = 0; looks < 3; looks += 1) expect(await watchdog.sweepConnections()).toBe(0);
  expect(await pass(RETURN_MS - 500)).toBe(0);
  expect(await pass(RETURN_MS)).toBe(1);
});

it('a worker with one connection left is not lost: its process lives', async () => {
  await bench.submit();
  await bench.claim('reset');
  const redis = bench.raw as Redis;
  const left = redis.duplicate({ connectionName: workerClientName('reset') });
  await left.ping();
  await present('reset');
  const clock = handClock();
  const { watchdog } = bench.another('w2', clock.nowMs);
  await watchdog.sweep();
  const look = async () => {
    clock.advance(200);
    return watchdog.sweepConnections();
  };
  for (let looks = 0; looks < 4; looks += 1) expect(await look()).toBe(0);
  expect(watchdog.nextLookMs).toBe(CONNECTION_CHECK_MS);
  left.disconnect();
  await waitUntil(async () => (await look()) === 1, { what: 'the last connection to be missing', timeoutMs: 5_000 });
  expect(watchdog.nextLookMs).toBe(CONNECTION_CHECK_MS);
});

it('the next look comes when a worker has been missing for long enough, and not a whole interval later', async () => {
  await bench.submit();
  await bench.claim('gone');
  await present('gone');
  const clock = handClock();
  const { watchdog } = bench.another('w2', clock.nowMs);
  await watchdog.sweep();
  expect(await watchdog.sweepConnections()).toBe(0);
  clock.advance(CONNECTION_CHECK_MS);
  expect(await watchdog.sweepConnections()).toBe(0);
  expect(watchdog.nextLookMs).toBe(CONNECTION_CHECK_MS / 2);
  clock.advance(watchdog.nextLookMs);
  expect(await watchdog.sweepConnections()).toBe(1);
  expect(watchdog.nextLookMs).toBe(CONNECTION_CHECK_MS);
});

it('only the first few workers watch connections, whatever the number of workers', async () => {
  await bench.submit();
  await bench.claim('gone');
  for (const worker of ['gone', 'w1', 'w2', 'w3', 'w4']) await present(worker);
  const clock = handClock();
  const [third, fourth] = [bench.another('w2', clock.nowMs), bench.another('w3', clock.nowMs)];
  for (const { watchdog } of [third, fourth]) await watchdog.sweep();
  const look = async ({ watchdog }: typeof third) => {
    let requeued = 0;
    for (let looks = 0; looks < 3; looks += 1) {
      clock.advance(200);
      requeued += await watchdog.sweepConnections();
    }
    return requeued;
  };
  expect(await look(fourth)).toBe(0);
  expect(await look(third)).toBe(1);
});

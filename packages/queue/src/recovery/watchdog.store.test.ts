import { setTimeout as sleep } from 'node:timers/promises';
import { attemptId, type AttemptId } from '@leeway/contract';
import { waitUntil } from '@leeway/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startQueueBench, type QueueBench } from '../../testing/queue-bench.js';
import { handClock, RETURN_MS, SWEEP_MS, sweepFor } from '../../testing/watched-redis.js';
import { PREFIX } from '../redis/keys.js';
import { defineScripts } from '../redis/scripts.js';
import { beat } from '../workers/beat.js';
import { SWEEP_EVERY_MS } from './watchdog.js';

let bench: QueueBench;
beforeEach(async () => {
  bench = await startQueueBench();
});
afterEach(() => bench.stop());

const WINDOW_MS = 1_800 + 500;

/** As if the lease of an attempt had not been renewed since the beginning. */
async function silence(id: AttemptId): Promise<void> {
  await bench.raw.zadd(`${PREFIX}:leases`, 1, id);
}

describe('the watchdog', () => {
  it('requeues an attempt without heartbeat, after a window of its own first (F94, F95)', async () => {
    const { id } = await bench.submit();
    const { attempt } = await bench.claim();
    await silence(attemptId(attempt.job, 1));
    const clock = handClock();
    const { watchdog } = bench.another('w2', clock.nowMs);
    expect(await watchdog.sweep()).toMatchObject({ quiet: true, lost: 0 });
    await sweepFor(WINDOW_MS, { bench, watchdog, clock });
    expect((await bench.get(id)).attempts[0]).toMatchObject({ outcome: 'lost' });
    expect((await bench.claim()).attempt.number).toBe(2);
  });

  it('finds nobody lost for a full window after a gap in its own sweeps', async () => {
    const { id } = await bench.submit();
    const { attempt } = await bench.claim();
    const clock = handClock();
    const { watchdog } = bench.another('w2', clock.nowMs);
    await sweepFor(WINDOW_MS, { bench, watchdog, clock });
    // Redis was away for half a minute: every lease is old, and every worker healthy.
    clock.advance(30_000);
    await silence(attemptId(attempt.job, 1));
    expect(await watchdog.sweep()).toMatchObject({ quiet: true, lost: 0 });
    await beat(defineScripts(bench.raw), { worker: 'w1', info: '{}', supervision: bench.policy.supervision }, [
      attemptId(attempt.job, 1),
    ]);
    await sweepFor(WINDOW_MS, { bench, watchdog, clock });
    expect((await bench.get(id)).attempts).toMatchObject([{ outcome: null }]);
  });

  it('finds nobody lost right after a standstill of Redis, also without a gap in its own sweeps', async () => {
    await bench.submit();
    const { attempt } = await bench.claim();
    const id = attemptId(attempt.job, 1);
    const clock = handClock();
    const { watchdog } = bench.another('w2', clock.nowMs);
    await sweepFor(WINDOW_MS, { bench, watchdog, clock });
    await beat(defineScripts(bench.raw), { worker: 'w1', info: '{}', supervision: bench.policy.supervision }, [id]);
    // Without presences this worker is not one of many that look dead.
    await bench.raw.del(`${PREFIX}:workers`);
    // Redis is frozen with a heartbeat in it, and the next one would be sent half a second later.
    bench.redis.freeze();
    clock.advance(SWEEP_MS);
    const swept = watchdog.sweep();
    await sleep(bench.policy.supervision.lostAfterMs + SWEEP_MS);
    bench.redis.thaw();
    expect(await swept).toMatchObject({ quiet: false, lost: 0 });
    const isLost = async () => {
      clock.advance(SWEEP_MS);
      return (await watchdog.sweep()).lost === 1;
    };
    await waitUntil(isLost, { what: 'an attempt that stays silent to be lost after all' });
  });

  it('gives a worker that is suspended right after an outage the time that its leash needs to end its commands', async () => {
    const { id } = await bench.submit();
    const { attempt } = await bench.claim();
    const clock = handClock();
    const { watchdog } = bench.another('w2', clock.nowMs);
    await sweepFor(WINDOW_MS, { bench, watchdog, clock });
    clock.advance(30_000);
    await silence(attemptId(attempt.job, 1));
    for (let passed = 0; passed < RETURN_MS; passed += 500) {
      expect(await watchdog.sweep()).toMatchObject({ quiet: true, lost: 0 });
      clock.advance(500);
    }
    await sweepFor(0, { bench, watchdog, clock });
    expect((await bench.get(id)).losses).toBe(1);
  });

  it('waits another window when most workers fall silent at once', async () => {
    await bench.submit();
    const { attempt } = await bench.claim();
    const clock = handClock();
    const { watchdog } = bench.another('w2', clock.nowMs);
    await sweepFor(WINDOW_MS, { bench, watchdog, clock });
    const [seconds] = await bench.raw.time();
    for (const worker of ['w1', 'w3', 'w4'])
      await bench.raw.zadd(`${PREFIX}:workers`, Number(seconds) * 1_000 - 2_500, worker);
    await silence(attemptId(attempt.job, 1));
    clock.advance(500);
    expect(await watchdog.sweep()).toMatchObject({ quiet: true, lost: 0 });
  });

  it('reaches every entry although hundreds of others cannot be handled (F94)', async () => {
    const { id } = await bench.submit({ limits: { queueMs: 3_600_000 } });
    const lost = await bench.submit();
    const { attempt } = await bench.claim();
    const waits = attempt.job === id ? lost.id : id;
    const broken = Array.from({ length: 400 }, (_, i) => `jbroken${i}`);
    for (const each of broken) {
      await bench.raw.set(`${PREFIX}:job:${each}`, 'not a record');
      for (const key of ['outbox', 'due']) await bench.raw.zadd(`${PREFIX}:${key}`, 1, each);
      await bench.raw.zadd(`${PREFIX}:leases`, 1, `${each}.1`);
    }
    await bench.raw.zadd(`${PREFIX}:leases`, 2, attemptId(attempt.job, 1));
    await bench.raw.zadd(`${PREFIX}:due`, 2, waits);
    await bench.raw.hset(`${PREFIX}:job:${waits}`, 'dueCause', 'queue_wait', 'queueMs', '1');
    const clock = handClock();
    const store = bench.another('w2', clock.nowMs);
    await waitUntil(
      async () => {
        clock.advance(SWEEP_EVERY_MS);
        await store.watchdog.sweep();
        const [first, second] = [await bench.get(attempt.job), await bench.get(waits)];
        return first.losses === 1 && second.state !== 'queued';
      },
      { what: 'the lost attempt to be requeued and the wait to be ended', timeoutMs: 25_000 },
    );
  });

  it('finds nobody lost while Redis takes no writes, since no heartbeat can arrive either', async () => {
    await bench.submit();
    const { attempt } = await bench.claim();
    const clock = handClock();
    const { watchdog } = bench.another('w2', clock.nowMs);
    await sweepFor(WINDOW_MS, { bench, watchdog, clock });
    await silence(attemptId(attempt.job, 1));
    await bench.raw.config('SET', 'maxmemory', '1');
    clock.advance(500);
    await expect(watchdog.sweep()).rejects.toThrow(/OOM/);
    clock.advance(5_000);
    await bench.raw.config('SET', 'maxmemory', '0');
    expect(await watchdog.sweep()).toMatchObject({ quiet: true, lost: 0 });
  });
});

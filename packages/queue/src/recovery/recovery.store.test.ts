import { systemClock } from '@leeway/runtime';
import { SWEEP_EVERY_MS } from './watchdog.js';
import { setTimeout as sleep } from 'node:timers/promises';
import { attemptId, type AttemptId, type JobId } from '@leeway/contract';
import { waitUntil } from '@leeway/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { beat } from '../workers/beat.js';
import { BullQueues } from '../bullmq/bull-queues.js';
import { BULL_PREFIX, PREFIX } from '../redis/keys.js';
import { Outbox } from '../bullmq/outbox.js';
import { defineScripts, type RunScript } from '../redis/scripts.js';
import { someSettlement, startQueueBench, type QueueBench } from '../../testing/queue-bench.js';
import { handClock, RETURN_MS, SWEEP_MS, sweepFor } from '../../testing/watched-redis.js';

let bench: QueueBench;
beforeEach(async () => {
  bench = await startQueueBench();
});
afterEach(() => bench.stop());

const WINDOW_MS = 1_800 + 500;

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

/** As if nobody had vouched for an attempt since the beginning. */
async function silence(id: AttemptId): Promise<void> {
  await bench.raw.zadd(`${PREFIX}:leases`, 1, id);
}

describe('a process that dies between the record and BullMQ', () => {
  /** Makes the move look old, so that the sweep takes it up now. */
  const sweepMoves = async () => {
    const ids = await bench.raw.zrange(`${PREFIX}:outbox`, '0', '-1');
    for (const id of ids) await bench.raw.zadd(`${PREFIX}:outbox`, 1, id);
    return bench.store.watchdog.sweep();
  };

  it('is repaired after submit: the job is handed out', async () => {
    const { id } = await bench.submit();
    const keys = await bench.raw.keys(`${BULL_PREFIX}:*`);
    await bench.raw.del(...keys);
    await bench.raw.zadd(`${PREFIX}:outbox`, 1, id);
    expect((await bench.store.watchdog.sweep()).repaired).toBe(1);
    expect((await bench.claim()).attempt.job).toBe(id);
  });

  it.each([
    ['success', someSettlement(), 'completed'],
    [
      'final failure',
      someSettlement({ outcome: 'failed', cause: 'error', next: { step: 'final', state: 'failed' } }),
      'failed',
    ],
    [
      'retry with back-off',
      someSettlement({ outcome: 'failed', cause: 'error', next: { step: 'retry', delayMs: 60_000 } }),
      'delayed',
    ],
    ['hand-back', someSettlement({ outcome: 'released', next: { step: 'requeue' } }), 'active'],
  ] as const)('is repaired after settling a %s', async (_, settlement, expected) => {
    const { id } = await bench.submit();
    const { attempt } = await bench.claim();
    await bench.store.attempts.settle(attempt, settlement);
    await sweepMoves();
    // What was handed back is taken again at once by the bench's own consumer.
    await waitUntil(async () => (await bullState(id)) === expected, { what: `BullMQ to say ${expected}` });
    expect(await bench.raw.zcard(`${PREFIX}:outbox`)).toBe(0);
  });

  it('is repaired after a cancel: BullMQ forgets the job', async () => {
    const { id } = await bench.submit({ delayMs: 60_000 });
    expect(await bench.queue.controls.cancel(id as JobId, 'no')).toBe('cancelled');
    await sweepMoves();
    await waitUntil(async () => (await bullState(id)) === 'unknown', { what: 'BullMQ to forget it' });
  });

  it('runs a cancelled job no more, even when BullMQ hands it out', async () => {
    const { id } = await bench.submit();
    const { token } = await bench.take();
    await bench.queue.controls.cancel(id as JobId, 'no');
    expect(await bench.store.attempts.claim(id as JobId, { worker: 'w1', token })).toEqual({
      status: 'unavailable',
      state: 'cancelled',
      sync: { action: 'fail', reason: 'cancelled' },
    });
  });

  it('is repaired where BullMQ believes that it ended otherwise', async () => {
    const { id } = await bench.submit();
    const { attempt, job, token } = await bench.claim();
    await bench.store.outbox.apply(job, token, { action: 'fail', reason: 'paused' });
    await bench.store.attempts.settle(attempt, someSettlement());
    await sweepMoves();
    expect(await bullState(id)).toBe('unknown');
    expect(await bench.raw.zcard(`${PREFIX}:outbox`)).toBe(0);
  });

  it('is repaired where it was stopped in the middle of a move that nobody asks for any more (F94)', async () => {
    const { id } = await bench.submit({ delayMs: 60_000 });
    await bench.queue.controls.pause(id as JobId);
    await bench.raw.zadd(`${PREFIX}:outbox`, 1, id);
    let resumed = false;
    const run = defineScripts(bench.raw);
    const slow: RunScript = async (name, ...args) => {
      const reply = await run(name, ...args);
      // The paused record was read, and the process is stopped until another one has resumed the job.
      if (name === 'read-sync' && !resumed) await bench.queue.controls.resume(id as JobId);
      resumed = true;
      return reply;
    };
    const bull = new BullQueues(bench.raw, (error) => void bench.errors.push(error));
    expect(await new Outbox(bull, slow, () => systemClock.wallMs()).reconcile(id as JobId)).toBe(true);
    await bull.close();
    expect(await bullState(id)).toBe('delayed');
  });

  it.each(['is gone from BullMQ', 'has ended in BullMQ'])('is found where a job that waits %s', async (how) => {
    const { id } = await bench.submit();
    const { job, token } = await bench.take();
    if (how === 'has ended in BullMQ')
      await bench.store.outbox.apply(job, token, { action: 'fail', reason: 'for a test' });
    else await bench.raw.del(...(await bench.raw.keys(`${BULL_PREFIX}:*`)));
    expect((await bench.store.watchdog.sweep()).repaired).toBe(1);
    expect((await bench.claim()).attempt.job).toBe(id);
    expect((await bench.store.watchdog.sweep()).repaired).toBe(0);
  });

  it('leaves a newer move on the list', async () => {
    const { id } = await bench.submit();
    await bench.raw.zadd(`${PREFIX}:outbox`, 5, id);
    await bench.store.outbox.ack(id as JobId, 4);
    expect(await bench.raw.zscore(`${PREFIX}:outbox`, id)).toBe('5');
  });
});

describe('waits that are over', () => {
  it('end a queued job with queue_wait (F74, F91)', async () => {
    const { id } = await bench.submit({ limits: { queueMs: 1 } });
    await waitUntil(async () => (await bench.store.watchdog.sweep()).expired === 1, {
      what: 'the sweep to end the wait',
    });
    expect(await bench.get(id)).toMatchObject({ state: 'failed', cause: 'queue_wait', error: { code: 'queue_wait' } });
  });

  it('end a job during its back-off with overall (F91)', async () => {
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

  it('end a waiting job when completeBy passes (F91)', async () => {
    const { id } = await bench.submit({ completeBy: new Date(Date.now() + 150).toISOString(), delayMs: 60_000 });
    await waitUntil(async () => (await bench.store.watchdog.sweep()).expired === 1, {
      what: 'the sweep to end the wait',
    });
    expect(await bench.get(id)).toMatchObject({ state: 'failed', cause: 'complete_by' });
  });

  it('do not end a job that a worker took in time', async () => {
    const { id } = await bench.submit({ limits: { queueMs: 60_000 } });
    await bench.claim();
    await bench.raw.zadd(`${PREFIX}:due`, 1, id);
    expect((await bench.store.watchdog.sweep()).expired).toBe(0);
    expect((await bench.get(id)).state).toBe('running');
  });
});

describe('the watchdog', () => {
  it('hands on an attempt without heartbeat, after a window of its own first (F94, F95)', async () => {
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

  it('judges nobody after a gap in its own sweeps, for a full window', async () => {
    const { id } = await bench.submit();
    const { attempt } = await bench.claim();
    const clock = handClock();
    const { watchdog } = bench.another('w2', clock.nowMs);
    await sweepFor(WINDOW_MS, { bench, watchdog, clock });
    // Redis was away for half a minute: every beat is old, and every worker healthy.
    clock.advance(30_000);
    await silence(attemptId(attempt.job, 1));
    expect(await watchdog.sweep()).toMatchObject({ quiet: true, lost: 0 });
    await beat(defineScripts(bench.raw), { worker: 'w1', info: '{}', supervision: bench.policy.supervision }, [
      attemptId(attempt.job, 1),
    ]);
    await sweepFor(WINDOW_MS, { bench, watchdog, clock });
    expect((await bench.get(id)).attempts).toMatchObject([{ outcome: null }]);
  });

  it('judges nobody right after Redis stood still, also when no gap is to be seen from here', async () => {
    await bench.submit();
    const { attempt } = await bench.claim();
    const id = attemptId(attempt.job, 1);
    const clock = handClock();
    const { watchdog } = bench.another('w2', clock.nowMs);
    await sweepFor(WINDOW_MS, { bench, watchdog, clock });
    await beat(defineScripts(bench.raw), { worker: 'w1', info: '{}', supervision: bench.policy.supervision }, [id]);
    // The others were heard of again first, so this worker is not one of many that look dead.
    await bench.raw.del(`${PREFIX}:workers`);
    // Redis takes the beat and stands still before it answers: the next one is sent half a second after that.
    bench.redis.freeze();
    clock.advance(SWEEP_MS);
    const swept = watchdog.sweep();
    await sleep(bench.policy.supervision.lostAfterMs + SWEEP_MS);
    bench.redis.thaw();
    expect(await swept).toMatchObject({ quiet: false, lost: 0 });
    const look = async () => {
      clock.advance(SWEEP_MS);
      return (await watchdog.sweep()).lost === 1;
    };
    await waitUntil(look, { what: 'an attempt that stays silent to be lost all the same' });
  });

  it('gives a worker that is stopped right after an outage the time its leash needs to end its commands', async () => {
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

  it('waits one more window when most workers fall silent at once', async () => {
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

  it('says by beat what the worker must know: lost, cancelled, or nothing', async () => {
    await bench.submit();
    await bench.submit();
    const [first, second] = [await bench.claim(), await bench.claim()];
    await bench.store.attempts.markLost(first.attempt.job, 1, 0);
    await bench.queue.controls.cancel(second.attempt.job, 'enough of it');
    const ids = [attemptId(first.attempt.job, 1), attemptId(second.attempt.job, 1)];
    const { signals } = await beat(
      defineScripts(bench.raw),
      { worker: 'w1', info: '{}', supervision: bench.policy.supervision },
      ids,
    );
    expect([...signals.values()]).toEqual([{ kind: 'lost' }, { kind: 'desired', desired: { cancel: 'enough of it' } }]);
  });
});

describe('an attempt that its worker has not heard of yet', () => {
  it('is vouched for under the token that it was asked for with, and under no other (F74)', async () => {
    const { id } = await bench.submit();
    const run = defineScripts(bench.raw);
    const self = { worker: 'w1', info: '{}', supervision: bench.policy.supervision };
    const asked = (token: string) => beat(run, self, [], [{ job: id as JobId, token }]);
    expect((await asked('t1')).claimed).toEqual([null]);
    const { attempt, token } = await bench.claim();
    const its = attemptId(attempt.job, attempt.number);
    await bench.raw.zadd(`${PREFIX}:leases`, 1, its);
    expect((await asked('of another')).claimed).toEqual([null]);
    expect(await bench.raw.zscore(`${PREFIX}:leases`, its)).toBe('1');
    expect((await asked(token)).claimed).toEqual([its]);
    expect((await bench.store.attempts.markLost(attempt.job, attempt.number, 60_000)).status).toBe('alive');
    await bench.store.attempts.markLost(attempt.job, attempt.number, 0);
    expect((await asked(token)).claimed).toEqual([null]);
    expect(await bench.raw.zscore(`${PREFIX}:leases`, its)).toBeNull();
  });
});

describe('entries that nobody can do anything about', () => {
  it('do not keep the sweep from the others, however many they are (F94)', async () => {
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
      { what: 'the lost attempt and the wait that is over to be seen to', timeoutMs: 25_000 },
    );
  });
});

describe('what a worker finds on its machine', () => {
  it('is told apart: ended attempts, the open one, and those of another installation', async () => {
    await bench.submit();
    const { attempt } = await bench.claim();
    await bench.store.attempts.markLost(attempt.job, 1, 0);
    await bench.store.outbox.reconcile(attempt.job);
    await bench.claim();
    const [first, second, foreign] = [
      attemptId(attempt.job, 1),
      attemptId(attempt.job, 2),
      'junknown000.1' as AttemptId,
    ];
    expect(await bench.store.endedAmong([first, second, foreign])).toEqual([first]);
  });
});

describe('forgetting', () => {
  it('removes in one run whatever is too many, in slices, and leaves no key of what it removed (F51)', async () => {
    await bench.stop();
    bench = await startQueueBench({ policy: { retention: { maxRecords: 100 } } });
    const ended = 320;
    for (let i = 0; i < ended; i += 1) {
      const { id } = await bench.submit();
      await bench.queue.controls.cancel(id as JobId, 'not wanted');
    }
    const removed = await bench.raw.zrange(`${PREFIX}:ended`, '0', String(ended - 100 - 1));
    expect(await bench.store.prune()).toEqual({ records: ended - 100, classes: 0 });
    expect(await bench.raw.zcard(`${PREFIX}:ended`)).toBe(100);
    const left = (await bench.raw.keys(`${PREFIX}:*`)).filter((key) => !key.startsWith(`${PREFIX}:bull:`));
    expect(left.filter((key) => removed.some((id) => key.endsWith(id)))).toEqual([]);
    expect(await bench.queue.list({ tenant: null, limit: 200 })).toMatchObject({ jobs: { length: 100 } });
  });

  it('removes records that are too many or too old, and nothing that still runs (F51)', async () => {
    await bench.stop();
    bench = await startQueueBench({ policy: { retention: { maxRecords: 100 } } });
    const running = await bench.submit();
    await bench.claim();
    for (let i = 0; i < 3; i += 1) {
      await bench.submit();
      const { attempt } = await bench.claim();
      await bench.store.attempts.settle(attempt, someSettlement());
    }
    const [oldest] = await bench.raw.zrange(`${PREFIX}:ended`, '0', '0');
    await bench.raw.zadd(`${PREFIX}:ended`, 1, oldest ?? '');
    expect(await bench.store.prune()).toEqual({ records: 1, classes: 0 });
    expect(await bench.queue.get(oldest as JobId)).toBeUndefined();
    expect((await bench.get(running.id)).state).toBe('running');
    expect((await bench.queue.list({ tenant: null, limit: 10 })).jobs).toHaveLength(3);
  });
});

describe('while Redis takes no writes', () => {
  it('nobody is judged, since no heartbeat can arrive either', async () => {
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

import { attemptId, type JobId } from '@leeway/contract';
import { waitUntil } from '@leeway/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { beat } from '../workers/beat.js';
import { PREFIX } from '../redis/keys.js';
import { defineScripts } from '../redis/scripts.js';
import { someDecision, someSettlement, startQueueBench, type QueueBench } from '../../testing/queue-bench.js';

let bench: QueueBench;
beforeEach(async () => {
  bench = await startQueueBench();
});
afterEach(() => bench.stop());

const FAILED = someSettlement({
  outcome: 'failed',
  cause: 'error',
  next: { step: 'final', state: 'failed' },
  error: { code: 'error', message: 'no' },
});
const desired = async (job: JobId, n: number) => {
  const self = { worker: 'w1', info: '{}', supervision: bench.policy.supervision };
  return (await beat(defineScripts(bench.raw), self, [attemptId(job, n)])).signals.get(attemptId(job, n));
};

describe('pausing a job (F86)', () => {
  it('keeps a waiting job from being handed out until it is resumed', async () => {
    const { id } = await bench.submit();
    expect(await bench.queue.controls.pause(id as JobId)).toBe('paused');
    expect(await bench.queue.controls.pause(id as JobId)).toBe('already');
    expect((await bench.get(id)).state).toBe('paused');
    await waitUntil(async () => (await bench.raw.zcard(`${PREFIX}:outbox`)) === 0, {
      what: 'BullMQ to remove it',
    });
    const other = await bench.submit();
    expect((await bench.claim()).attempt.job).toBe(other.id);
    expect(await bench.queue.controls.resume(id as JobId)).toBe('resumed');
    expect((await bench.claim()).attempt.job).toBe(id);
    expect(await bench.queue.controls.resume(id as JobId)).toBe('already');
  });

  it('is requested from the worker of a running command, and shown once its process is stopped', async () => {
    const { id } = await bench.submit();
    const { attempt } = await bench.claim();
    await bench.store.attempts.bindDecision(attempt, someDecision(60_000));
    for (const _ of ['first', 'again']) expect(await bench.queue.controls.pause(attempt.job)).toBe('requested');
    expect(await desired(attempt.job, 1)).toEqual({ kind: 'desired', desired: { pause: true } });
    await bench.store.attempts.setPaused(attempt, { paused: true });
    expect(await bench.queue.controls.pause(attempt.job)).toBe('already');
    expect((await bench.get(id)).state).toBe('paused');
    const before = Date.parse((await bench.get(id)).attempts[0]?.deadlineAt ?? '');
    for (const _ of ['first', 'again']) expect(await bench.queue.controls.resume(attempt.job)).toBe('requested');
    await bench.store.attempts.setPaused(attempt, { paused: false, pausedMs: 5_000 });
    expect(await bench.queue.controls.resume(attempt.job)).toBe('already');
    const after = await bench.get(id);
    expect(after.state).toBe('running');
    expect(Date.parse(after.attempts[0]?.deadlineAt ?? '') - before).toBe(5_000);
    expect(await desired(attempt.job, 1)).toEqual({ kind: 'desired', desired: {} });
  });

  it('holds when the worker is lost meanwhile; the job runs on another worker after it is resumed', async () => {
    const { id } = await bench.submit();
    const { attempt } = await bench.claim();
    await bench.queue.controls.pause(attempt.job);
    await bench.store.attempts.setPaused(attempt, { paused: true });
    await bench.store.attempts.markLost(attempt.job, 1, 0);
    await bench.store.outbox.reconcile(attempt.job);
    expect(await bench.get(id)).toMatchObject({ state: 'paused', losses: 1 });
    expect(await bench.queue.controls.resume(attempt.job)).toBe('resumed');
    expect((await bench.claim()).attempt.number).toBe(2);
  });

  it('ends by itself after maxPauseMs', async () => {
    await bench.stop();
    bench = await startQueueBench({ policy: { limits: { maxPauseMs: 1_000 } } });
    const { id } = await bench.submit();
    await bench.queue.controls.pause(id as JobId);
    await waitUntil(async () => (await bench.store.watchdog.sweep()).expired === 1, { what: 'the pause to end' });
    expect((await bench.claim()).attempt.job).toBe(id);
  });

  it('does not prevent a cancel', async () => {
    const { id } = await bench.submit();
    await bench.queue.controls.pause(id as JobId);
    expect(await bench.queue.controls.cancel(id as JobId, 'no')).toBe('cancelled');
    expect((await bench.get(id)).state).toBe('cancelled');
    expect(await bench.queue.controls.resume(id as JobId)).toBe('too_late');
  });

  it('is refused for a running job of a kind that cannot be paused', async () => {
    await bench.submit();
    const { attempt } = await bench.claim();
    await bench.raw.hset(`${PREFIX}:job:${attempt.job}`, 'kind', 'chat');
    expect(await bench.queue.controls.pause(attempt.job)).toBe('not_possible');
  });
});

describe('retrying a job', () => {
  it('gives a failed job new attempts, and keeps the old ones in its record', async () => {
    const { id } = await bench.submit({ attempts: 1 });
    const first = await bench.claim();
    const reply = await bench.store.attempts.settle(first.attempt, FAILED);
    if (reply.status === 'applied') await bench.store.outbox.sync(first.job, first.token, reply.sync);
    expect(await bench.queue.controls.retry(id as JobId, 2)).toBe('retried');
    expect(await bench.queue.controls.retry(id as JobId, 2)).toBe('already');
    expect(await bench.get(id)).toMatchObject({
      state: 'queued',
      cause: null,
      error: null,
      finishedAt: null,
      maxAttempts: 3,
    });
    const { attempt } = await bench.claim();
    expect(attempt.number).toBe(2);
    await bench.store.attempts.settle(attempt, someSettlement());
    expect((await bench.get(id)).attempts.map(({ outcome }) => outcome)).toEqual(['failed', 'succeeded']);
    expect(await bench.queue.controls.retry(id as JobId)).toBe('not_possible');
  });

  it('keeps its losses: a job that kills its workers fails again after one more of them (F94)', async () => {
    const { id } = await bench.submit({ attempts: 1 });
    const loseOnce = async (number: number) => {
      const { attempt } = await bench.claim();
      const { status } = await bench.store.attempts.markLost(attempt.job, number, 0);
      await bench.store.outbox.reconcile(attempt.job);
      return status;
    };
    const statuses = [];
    for (let loss = 1; loss <= 4; loss += 1) statuses.push(await loseOnce(loss));
    expect(statuses).toEqual(['requeued', 'requeued', 'requeued', 'failed']);
    expect(await bench.queue.controls.retry(id as JobId)).toBe('retried');
    expect(await bench.get(id)).toMatchObject({ state: 'queued', losses: 4 });
    expect(await loseOnce(5)).toBe('failed');
    expect(await bench.get(id)).toMatchObject({ state: 'failed', cause: 'worker_lost', losses: 5 });
  });

  it('happens once when many clients request it at the same time', async () => {
    const { id } = await bench.submit({ attempts: 1 });
    const { attempt } = await bench.claim();
    await bench.store.attempts.settle(attempt, FAILED);
    const replies = await Promise.all(Array.from({ length: 20 }, () => bench.queue.controls.retry(id as JobId, 1)));
    expect(replies.filter((reply) => reply === 'retried')).toHaveLength(1);
    expect(new Set(replies)).toEqual(new Set(['retried', 'already']));
    expect(await bench.get(id)).toMatchObject({ maxAttempts: 2 });
    expect((await bench.claim()).attempt.number).toBe(2);
  });

  it('is refused once completeBy has passed', async () => {
    const { id } = await bench.submit({ completeBy: new Date(Date.now() + 60_000).toISOString() });
    const { attempt } = await bench.claim();
    await bench.store.attempts.settle(attempt, FAILED);
    await bench.raw.hset(`${PREFIX}:job:${id}`, 'completeBy', 1);
    expect(await bench.queue.controls.retry(id as JobId)).toBe('too_late');
  });
});

describe('a custom kind', () => {
  it('can be paused while it runs if its workers have registered that (F86)', async () => {
    await bench.store.register({ kinds: ['mine', 'theirs'], pausable: ['mine'], queues: [] });
    for (const [kind, done] of [
      ['mine', 'requested'],
      ['theirs', 'not_possible'],
    ] as const) {
      const { id } = await bench.submit();
      await bench.claim();
      await bench.raw.hset(`${PREFIX}:job:${id}`, 'kind', kind);
      expect(await bench.queue.controls.pause(id as JobId)).toBe(done);
    }
  });
});

describe('a change of limits', () => {
  it('applies to a waiting job, whose queue wait ends earlier', async () => {
    const { id } = await bench.submit({ limits: { queueMs: 600_000 } });
    expect(await bench.queue.controls.changeLimits(id as JobId, { queueMs: 1, timeoutMs: 5_000 })).toBe('changed');
    expect((await bench.get(id)).limits).toMatchObject({ queueMs: 1, timeoutMs: 5_000 });
    await waitUntil(async () => (await bench.store.watchdog.sweep()).expired === 1, {
      what: 'the new queue wait to end it',
    });
    expect(await bench.get(id)).toMatchObject({ state: 'failed', cause: 'queue_wait' });
    expect(await bench.queue.controls.changeLimits(id as JobId, { queueMs: 1 })).toBe('too_late');
  });

  it('does not make a queue wait end a paused job', async () => {
    const { id } = await bench.submit();
    await bench.queue.controls.pause(id as JobId);
    const due = () => bench.raw.zscore(`${PREFIX}:due`, id);
    const before = await due();
    expect(await bench.queue.controls.changeLimits(id as JobId, { queueMs: 1 })).toBe('changed');
    expect(await due()).toBe(before);
  });

  it('keeps a timeout of "none" as it is, and moves or removes the bound of all attempts (F23)', async () => {
    const { id } = await bench.submit({ limits: { overallMs: 9_000 } });
    const bound = () => bench.raw.hget(`${PREFIX}:job:${id}`, 'overallMs');
    expect(await bench.queue.controls.changeLimits(id as JobId, { timeoutMs: 'none' }, Infinity)).toBe('changed');
    expect(await bound()).toBeNull();
    expect(await bench.queue.controls.changeLimits(id as JobId, { idleMs: 700 })).toBe('changed');
    expect(await bench.queue.controls.changeLimits(id as JobId, { timeoutMs: 5_000 }, 8_000)).toBe('changed');
    expect(await bound()).toBe('8000');
    await bench.queue.controls.changeLimits(id as JobId, { timeoutMs: 'none' }, Infinity);
    expect((await bench.get(id)).limits).toEqual({ timeoutMs: 'none', idleMs: 700, overallMs: 9_000 });
  });

  it('reaches the worker of a running job with its next heartbeat', async () => {
    const { id } = await bench.submit({ timeoutMs: 9_000 });
    const { attempt } = await bench.claim();
    expect(await bench.queue.controls.changeLimits(id as JobId, { idleMs: 700 })).toBe('requested');
    expect(await desired(attempt.job, 1)).toEqual({
      kind: 'desired',
      desired: { limits: { timeoutMs: 9_000, idleMs: 700 } },
    });
  });
});

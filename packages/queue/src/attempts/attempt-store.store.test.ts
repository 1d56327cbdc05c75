import { attemptId } from '@leeway/contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { beat } from '../workers/beat.js';
import { PREFIX } from '../redis/keys.js';
import { defineScripts } from '../redis/scripts.js';
import { claimed, someDecision, someSettlement, startQueueBench, type QueueBench } from '../../testing/queue-bench.js';

let bench: QueueBench;
beforeEach(async () => {
  bench = await startQueueBench();
});
afterEach(() => bench.stop());

describe('an attempt', () => {
  it('starts with the decision that binds, which the job then shows (F7)', async () => {
    const { id } = await bench.submit();
    const { attempt } = await bench.claim();
    expect(await bench.store.attempts.bindDecision(attempt, someDecision(12_345))).toBe(true);
    const job = await bench.get(id);
    expect(job).toMatchObject({
      state: 'running',
      decision: { deadlineMs: 12_345 },
      attempts: [{ number: 1, worker: 'w1', outcome: null }],
    });
    const [only] = job.attempts;
    expect(Date.parse(only?.deadlineAt ?? '') - Date.parse(only?.startedAt ?? '')).toBe(12_345);
    expect(only?.heartbeatAt).not.toBeNull();
  });

  it('shows its allowed time with extensions, and the decision that it began with (F7, F97)', async () => {
    const { id } = await bench.submit();
    const { attempt } = await bench.claim();
    await bench.store.attempts.bindDecision(attempt, someDecision(12_345));
    expect((await bench.get(id)).attempts[0]).toMatchObject({ allowedMs: 12_345 });
    await bench.store.attempts.report(attempt, [
      { type: 'extended', deadlineMs: 40_000, by: 'estimator', reason: 'it grew' },
      { type: 'resumed', pausedMs: 7_000, why: 'answered' },
    ]);
    const [only] = (await bench.get(id)).attempts;
    expect(only).toMatchObject({ allowedMs: 40_000, decision: { deadlineMs: 12_345 } });
    expect(Date.parse(only?.deadlineAt ?? '') - Date.parse(only?.startedAt ?? '')).toBe(47_000);
  });

  it('is settled once: result, counters and observations together (F38, F52)', async () => {
    const { id } = await bench.submit();
    const { attempt } = await bench.claim();
    const settlement = someSettlement({ rings: [{ key: 'total/local/x', sample: '1' }], counters: { succeeded: 1 } });
    expect(await bench.store.attempts.settle(attempt, settlement)).toMatchObject({
      status: 'applied',
      state: 'succeeded',
    });
    expect(await bench.store.attempts.settle(attempt, settlement)).toEqual({ status: 'repeated', state: 'succeeded' });
    expect((await bench.get(id)).result).toEqual({ ok: true });
    expect((await bench.queue.history.read(['total/local/x'], 1_000)).get('total/local/x')?.samples).toEqual(['1']);
    expect(await bench.queue.classes('local')).toMatchObject([
      { class: 'command/true', counters: { succeeded: 1 }, running: 0 },
    ]);
  });

  it('cannot write any more after its job was requeued, also while its successor runs on the same worker (F94)', async () => {
    const { id } = await bench.submit({ attempts: 3 });
    const first = await bench.claim();
    expect((await bench.store.attempts.markLost(first.attempt.job, 1, 0)).status).toBe('requeued');
    await bench.store.outbox.reconcile(first.attempt.job);
    const second = await bench.claim();
    expect(second.attempt.number).toBe(2);

    const { attempts } = bench.store;
    expect(
      await attempts.settle(first.attempt, someSettlement({ result: '"zombie"', counters: { succeeded: 1 } })),
    ).toMatchObject({ status: 'fenced' });
    expect(await attempts.bindDecision(first.attempt, someDecision(1))).toBe(false);
    expect(
      await attempts.report(first.attempt, [
        { type: 'progress', value: 'zombie' },
        { type: 'output', stream: 'stdout', text: 'zombie' },
        { type: 'checkpoint', value: 'zombie' },
        { type: 'extended', deadlineMs: 9e9, by: 'handler', reason: 'it asked' },
        { type: 'late', lateMs: 1 },
      ]),
    ).toBe(false);
    expect(
      await attempts.settle(
        first.attempt,
        someSettlement({
          outcome: 'failed',
          cause: 'error',
          next: { step: 'retry', delayMs: 0 },
          error: { code: 'error', message: 'zombie' },
          rings: [{ key: 'total/local/x', sample: 'zombie' }],
        }),
      ),
    ).toMatchObject({ status: 'fenced', state: 'running' });
    expect(await attempts.setPaused(first.attempt, { paused: true })).toBe(false);
    const heartbeat = [attemptId(first.attempt.job, 1)];
    const reply = await beat(
      defineScripts(bench.raw),
      { worker: 'w1', info: '{}', supervision: bench.policy.supervision },
      heartbeat,
    );
    expect([...reply.signals.values()]).toEqual([{ kind: 'lost' }]);
    expect(await bench.raw.zscore(`${PREFIX}:leases`, heartbeat[0] ?? '')).toBeNull();
    expect((await attempts.markLost(first.attempt.job, 1, 0)).status).toBe('gone');
    expect((await bench.queue.history.read(['total/local/x'], 1_000)).get('total/local/x')?.samples ?? []).toEqual([]);
    expect(await bench.queue.tally()).toEqual({
      requeued: 1,
      refused: { result: 2, report: 1, heartbeat: 1, decision: 1, pause: 1 },
      webhooks: { waiting: 0, delivered: 0, failedTries: 0, givenUp: 0 },
    });

    const running = await bench.get(id);
    expect(running).toMatchObject({ state: 'running', progress: null, result: null, late: false });
    expect((await bench.queue.output(running.id as never, {})).chunks).toEqual([]);
    expect(await bench.queue.classes('local')).toEqual([]);
    expect(await attempts.settle(second.attempt, someSettlement())).toMatchObject({ status: 'applied' });
    expect((await bench.get(id)).attempts.map(({ outcome }) => outcome)).toEqual(['lost', 'succeeded']);
  });

  it('is distinguished from its successor with the same worker and token: a late write changes nothing', async () => {
    const { attempts } = bench.store;
    const claim = (id: string) => claimed(attempts, id, { worker: 'w1', token: 'the token of the slot' });
    const [a, b, c] = [await bench.submit({ attempts: 3 }), await bench.submit(), await bench.submit()];
    const late = await claim(a.id);
    expect(await attempts.markLost(late.job, 1, 0)).toMatchObject({ status: 'requeued' });
    for (const { id } of [b, c])
      expect(await attempts.settle(await claim(id), someSettlement())).toMatchObject({ status: 'applied' });
    const successor = await claim(a.id);
    expect(successor).toMatchObject({ number: 2, token: late.token });
    expect(await attempts.settle(late, someSettlement({ result: '"late"' }))).toMatchObject({ status: 'fenced' });
    expect(await attempts.report(late, [{ type: 'progress', value: 'late' }])).toBe(false);
    expect(await bench.get(a.id)).toMatchObject({ state: 'running', result: null, progress: null });
    expect(await attempts.settle(successor, someSettlement({ result: '"own"' }))).toMatchObject({ status: 'applied' });
    expect(await bench.get(a.id)).toMatchObject({ state: 'succeeded', result: 'own' });
  });

  it('keeps its job while its lease is renewed, when BullMQ hands the job out again (F95)', async () => {
    const { id } = await bench.submit();
    const { attempt } = await bench.claim();
    const other = { worker: 'w2', token: 'another token' };
    expect(await bench.store.attempts.claim(attempt.job, other)).toEqual({
      status: 'unavailable',
      state: 'held',
      sync: { action: 'delay', delayMs: bench.policy.supervision.lockMs },
    });
    expect(await bench.get(id)).toMatchObject({
      state: 'running',
      losses: 0,
      attempts: [{ number: 1, outcome: null }],
    });
    expect(await bench.store.attempts.settle(attempt, someSettlement())).toMatchObject({ status: 'applied' });
  });

  it('is lost when BullMQ hands its job out again and its lease was not renewed', async () => {
    const { id } = await bench.submit();
    const first = await bench.claim();
    const other = { worker: 'w2', token: 'another token', takeOverAfterMs: 0 };
    expect(await claimed(bench.store.attempts, first.attempt.job, other)).toMatchObject({ number: 2 });
    expect(await bench.get(id)).toMatchObject({
      losses: 1,
      attempts: [
        { outcome: 'lost', cause: 'worker_lost' },
        { worker: 'w2', outcome: null },
      ],
    });
    expect(await bench.store.attempts.settle(first.attempt, someSettlement())).toMatchObject({ status: 'fenced' });
  });

  it('is opened once when its claim is sent twice across a reconnect', async () => {
    await bench.submit();
    const { attempt, token } = await bench.claim();
    expect(await claimed(bench.store.attempts, attempt.job, { worker: 'w1', token })).toMatchObject({ number: 1 });
  });

  it('that failed is followed by another one after the back-off, which counts as time spent', async () => {
    const { id } = await bench.submit({ limits: { overallMs: 60_000 } });
    const { attempt } = await bench.claim();
    const reply = await bench.store.attempts.settle(
      attempt,
      someSettlement({
        outcome: 'failed',
        cause: 'error',
        durationMs: 100,
        next: { step: 'retry', delayMs: 5_000 },
        error: { code: 'error', message: 'no' },
      }),
    );
    expect(reply).toMatchObject({ status: 'applied', state: 'scheduled' });
    expect(await bench.get(id)).toMatchObject({
      state: 'scheduled',
      attempts: [{ outcome: 'failed', cause: 'error' }],
    });
    expect(await bench.raw.hget(`${PREFIX}:job:${id}`, 'spentMs')).toBe('5100');
  });

  it('that is lost does not count as tried, and its job fails after maxLosses (F94)', async () => {
    const { id } = await bench.submit({ attempts: 1 });
    for (let loss = 1; loss <= 4; loss += 1) {
      const { attempt } = await bench.claim();
      expect((await bench.store.attempts.markLost(attempt.job, loss, 0)).status).toBe(
        loss <= 3 ? 'requeued' : 'failed',
      );
      await bench.store.outbox.reconcile(attempt.job);
    }
    expect(await bench.get(id)).toMatchObject({
      state: 'failed',
      cause: 'worker_lost',
      losses: 4,
      error: { code: 'worker_lost' },
    });
  });

  it('that is lost fails its job at once where onWorkerLost is "fail"', async () => {
    const { id } = await bench.submit({ onWorkerLost: 'fail' });
    const { attempt } = await bench.claim();
    expect((await bench.store.attempts.markLost(attempt.job, 1, 0)).status).toBe('failed');
    expect(await bench.get(id)).toMatchObject({ state: 'failed', cause: 'worker_lost' });
  });

  it('is not lost while its lease was renewed a moment ago (F95)', async () => {
    await bench.submit();
    const { attempt } = await bench.claim();
    expect((await bench.store.attempts.markLost(attempt.job, 1, 60_000)).status).toBe('alive');
  });

  it('that fails after a cancel is not retried', async () => {
    const { id } = await bench.submit({ attempts: 5 });
    const { attempt } = await bench.claim();
    expect(await bench.queue.controls.cancel(attempt.job, 'enough')).toBe('requested');
    const reply = await bench.store.attempts.settle(
      attempt,
      someSettlement({ outcome: 'failed', cause: 'error', next: { step: 'retry', delayMs: 0 } }),
    );
    expect(reply).toMatchObject({ state: 'cancelled' });
    expect(await bench.get(id)).toMatchObject({ state: 'cancelled', cause: 'cancelled' });
  });

  it('that succeeds before its cancel takes effect keeps its result, and a further cancel is too late', async () => {
    const { id } = await bench.submit();
    const { attempt } = await bench.claim();
    await bench.queue.controls.cancel(attempt.job, 'enough');
    await bench.store.attempts.settle(attempt, someSettlement());
    expect(await bench.get(id)).toMatchObject({ state: 'succeeded', result: { ok: true } });
    expect(await bench.queue.controls.cancel(attempt.job, 'again')).toBe('too_late');
  });

  it('stores output up to its limit, and marks that more was dropped (F85)', async () => {
    await bench.stop();
    bench = await startQueueBench({ policy: { retention: { outputBytes: 1_024 } } });
    const { id } = await bench.submit();
    const { attempt } = await bench.claim();
    await bench.store.attempts.report(attempt, [{ type: 'output', stream: 'stdout', text: 'a'.repeat(1_000) }]);
    await bench.store.attempts.report(attempt, [{ type: 'output', stream: 'stderr', text: 'b'.repeat(1_000) }]);
    const output = await bench.queue.output(id as never, {});
    expect(output.truncated).toBe(true);
    expect(output.chunks.map(({ stream, text }) => [stream, text.length])).toEqual([['stdout', 1_000]]);
  });
});

import { leastToStartMs, type AttemptId, type JobId } from '@leeway/contract';
import { HandlerError } from '@leeway/supervision';
import { waitUntil } from '@leeway/testkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type AttemptBench, type BenchWorker, KIND, startAttemptBench } from '../../testing/attempt/attempt-bench.js';
import type { HandlerContext } from '../handlers/handler.js';
import { runAttempt } from './run-attempt.js';

let bench: AttemptBench;
beforeEach(async () => {
  bench = await startAttemptBench({ limits: { backoffMs: 1 }, workflows: { minStepMs: 2_000 } });
});
afterEach(() => bench.stop());

/** Ends with its abort, and returns the reason of it. */
const untilAborted = (_: unknown, { signal }: HandlerContext) =>
  new Promise<unknown>((resolve) => signal.addEventListener('abort', () => resolve(signal.reason)));

const events = ({ logged }: BenchWorker) => logged.map(({ event }) => event);
const outbox = () => bench.raw.zrange('{leeway}:outbox', '0', '-1');
const bullState = async (id: JobId) => {
  const lists = await Promise.all(
    ['completed', 'failed', 'active', 'delayed', 'wait'].map(async (list) => {
      const key = `{leeway}:bull:${KIND}:${list}`;
      const type = await bench.raw.type(key);
      const ids =
        type === 'zset'
          ? await bench.raw.zrange(key, '0', '-1')
          : type === 'list'
            ? await bench.raw.lrange(key, 0, -1)
            : [];
      return ids.includes(id) ? [list] : [];
    }),
  );
  return lists.flat();
};
const attemptOf = (id: JobId, number = 1) => `${id}.${number}` as AttemptId;

describe('an attempt that succeeds', () => {
  it('is claimed, decided, run, settled, and synced to BullMQ', async () => {
    const worker = bench.worker('w1', async (input, { attempt }) => ({ input, attempt }));
    const id = await bench.submit({ input: { n: 7 } });
    await worker.runNext();
    const job = await bench.get(id);
    expect(job).toMatchObject({ state: 'succeeded', cause: null, result: { input: { n: 7 }, attempt: 1 } });
    expect(job.attempts).toMatchObject([
      { number: 1, worker: 'w1', outcome: 'succeeded', decision: { basis: 'prior' } },
    ]);
    expect(events(worker)).toEqual(['attempt_started', 'attempt_settled']);
    expect(await bullState(id)).toEqual(['completed']);
    await waitUntil(async () => (await outbox()).length === 0, { what: 'the entry of the outbox to be acknowledged' });
  });

  it('is observed, so that the next decision of its class knows its duration', async () => {
    const worker = bench.worker('w1', async () => 'done');
    await bench.submit();
    await worker.runNext();
    const id = await bench.submit();
    await worker.runNext();
    expect((await bench.get(id)).attempts[0]?.decision).toMatchObject({ samples: 1 });
  });

  it('gives up its lease and its place among the running attempts', async () => {
    const during: unknown[] = [];
    const worker = bench.worker('w1', async () => {
      during.push(worker.heartbeat.leased, worker.context.running.ids, worker.heartbeat.inProcess);
    });
    const id = await bench.submit();
    await worker.runNext();
    expect(during).toEqual([[attemptOf(id)], [attemptOf(id)], [attemptOf(id)]]);
    expect([worker.heartbeat.leased, worker.context.running.size]).toEqual([[], 0]);
  });
});

describe('a claim without an attempt', () => {
  it('runs nothing for a job that was cancelled after BullMQ had handed it out, and takes it out of BullMQ', async () => {
    const run = vi.fn(async () => 'ran');
    const worker = bench.worker('w1', run);
    const id = await bench.submit();
    const { job, token } = await worker.take();
    await bench.queue.controls.cancel(id, 'not needed');
    await runAttempt(job, token, worker.context);
    expect(run).not.toHaveBeenCalled();
    expect(await bench.get(id)).toMatchObject({ state: 'cancelled', attempts: [] });
    expect(await bullState(id)).toEqual(['failed']);
    expect(events(worker)).toEqual([]);
  });

  it('leaves a job alone whose attempt runs elsewhere, and delays it in BullMQ', async () => {
    const run = vi.fn(async () => 'ran');
    const worker = bench.worker('w1', run);
    const id = await bench.submit();
    const { job, token } = await worker.take();
    const other = await worker.store.attempts.claim(id, { worker: 'w2', token: 'other' });
    expect(other.status).toBe('claimed');
    await runAttempt(job, token, worker.context);
    expect(run).not.toHaveBeenCalled();
    expect(await bench.get(id)).toMatchObject({ state: 'running', attempts: [{ number: 1, worker: 'w2' }] });
    expect(await bullState(id)).toEqual(['delayed']);
  });
});

describe('an attempt that fails', () => {
  it('is followed by another one, which gets its checkpoint', async () => {
    const worker = bench.worker('w1', async (_, { attempt, checkpoint, lastCheckpoint }) => {
      if (attempt === 2) return lastCheckpoint;
      checkpoint({ page: 3 });
      throw new Error('the first one fails');
    });
    const id = await bench.submit();
    await worker.runNext();
    await worker.runNext();
    const job = await bench.get(id);
    expect(job).toMatchObject({ state: 'succeeded', result: { page: 3 } });
    expect(job.attempts.map(({ outcome }) => outcome)).toEqual(['failed', 'succeeded']);
  });

  it('fails its job without another one where its error forbids it', async () => {
    const worker = bench.worker('w1', () =>
      Promise.reject(Object.assign(new Error('no'), { name: 'DoNotRetryError' })),
    );
    const id = await bench.submit();
    await worker.runNext();
    expect(await bench.get(id)).toMatchObject({ state: 'failed', cause: 'error', error: { message: 'no' } });
    expect(await bullState(id)).toEqual(['failed']);
  });

  it('counts as a loss and not as a failure when the process of its handler vanished', async () => {
    const worker = bench.worker('w1', async (_, { attempt }) => {
      if (attempt === 1) throw new HandlerError('child_lost', 'it vanished', { cause: 'worker_lost' });
      return 'done';
    });
    const id = await bench.submit({ attempts: 1 });
    await worker.runNext();
    await worker.runNext();
    const { state, attempts } = await bench.get(id);
    expect(state).toBe('succeeded');
    expect(attempts.map(({ outcome, cause }) => [outcome, cause])).toEqual([
      ['lost', 'worker_lost'],
      ['succeeded', null],
    ]);
  });
});

describe('an attempt that is stopped', () => {
  it('ends at its deadline with what its handler returns, and with an error that names it (F92)', async () => {
    const worker = bench.worker('w1', untilAborted);
    const id = await bench.submit({ timeoutMs: 100, attempts: 1 });
    await worker.runNext();
    expect(await bench.get(id)).toMatchObject({
      ...{ state: 'failed', cause: 'deadline', result: { cause: 'deadline' } },
      error: { code: 'deadline', limitMs: 100, setBy: 'the submission (timeoutMs)' },
    });
  });

  it('is cancelled by a control that arrives while it runs (F86)', async () => {
    const worker = bench.worker('w1', untilAborted);
    const id = await bench.submit();
    const running = worker.runNext();
    await bench.until(id, 'running');
    await bench.queue.controls.cancel(id, 'not needed');
    await running;
    expect(await bench.get(id)).toMatchObject({ state: 'cancelled', error: { message: 'not needed' } });
  });

  it('is cancelled by a control that arrives before its supervisor exists, and its handler is not called (F86)', async () => {
    const run = vi.fn(async () => 'ran');
    const worker = bench.worker('w1', run);
    const { forecaster } = worker.context;
    let decided: () => void = () => undefined;
    const mayDecide = new Promise<void>((resolve) => (decided = resolve));
    const delivered = vi.spyOn(worker.context.running, 'setDesired');
    worker.context = { ...worker.context, forecaster: Object.create(forecaster) as typeof forecaster };
    worker.context.forecaster.decide = async (...args) => {
      await mayDecide;
      return forecaster.decide(...args);
    };
    const id = await bench.submit();
    const { job, token } = await worker.take();
    const running = runAttempt(job, token, worker.context);
    await bench.until(id, 'running');
    await bench.queue.controls.cancel(id, 'not needed');
    await waitUntil(() => delivered.mock.calls.length > 0, { what: 'the cancel to reach the worker' });
    decided();
    await running;
    expect(run).not.toHaveBeenCalled();
    expect(await bench.get(id)).toMatchObject({ state: 'cancelled' });
  });

  it('is requeued without being used up when its worker shuts down', async () => {
    const worker = bench.worker('w1', async (input, context) =>
      context.attempt === 1 ? untilAborted(input, context) : 'done',
    );
    const id = await bench.submit({ attempts: 1 });
    const running = worker.runNext();
    await bench.until(id, 'running');
    worker.context.running.stopAll({ cause: 'released', message: 'shutting down' });
    await running;
    expect(await bench.get(id)).toMatchObject({ state: 'queued', attempts: [{ outcome: 'released' }] });
    await worker.runNext();
    expect(await bench.get(id)).toMatchObject({ state: 'succeeded', result: 'done' });
  });

  it('frees its slot when its handler ignores the abort, and is counted as abandoned until that ends (F81)', async () => {
    let release: () => void = () => undefined;
    const worker = bench.worker('w1', () => new Promise<void>((resolve) => (release = resolve)));
    const id = await bench.submit({ timeoutMs: 50, attempts: 1 });
    await worker.runNext();
    expect(await bench.get(id)).toMatchObject({
      state: 'failed',
      error: { message: expect.stringContaining('abandoned') },
    });
    expect(events(worker)).toContain('handler_abandoned');
    expect(worker.context.running.abandoned).toBe(1);
    release();
    await waitUntil(() => worker.context.running.abandoned === 0, { what: 'the handler to end' });
  });
});

describe('a step of a workflow', () => {
  it('is refused to start when too little of the time is left, and its handler is not called (F104)', async () => {
    const started: string[] = [];
    const worker = bench.worker('w1', async (input, context) => {
      started.push(context.attemptId);
      return untilAborted(input, context);
    });
    const id = await bench.submitWorkflow({ first: [], second: [] }, leastToStartMs(bench.policy.workflows) + 500);
    const first = worker.runNext();
    await waitUntil(() => started.length === 1, { what: 'the first step to run' });
    const startedMs = performance.now();
    const { job, token } = await worker.take();
    await waitUntil(() => performance.now() - startedMs > 500, { what: 'too little time to be left' });
    await runAttempt(job, token, worker.context);
    expect(started).toHaveLength(1);
    worker.context.running.stopAll({ cause: 'cancelled', message: 'the test is over' });
    await first;
    const { state, cause } = await bench.get(id);
    expect([state, cause]).toEqual(['failed', 'budget_exhausted']);
    const [step] = (await bench.queue.list({ tenant: null, kind: KIND, limit: 1 })).jobs;
    expect(step).toMatchObject({ state: 'failed', error: { message: expect.stringContaining('It did not start') } });
    expect(worker.context.running.size).toBe(0);
  });

  it('makes the next step ready in BullMQ, also for another worker', async () => {
    const worker = bench.worker('w1', async () => 'done');
    const id = await bench.submitWorkflow({ first: [], second: ['first'] }, 600_000);
    await worker.runNext();
    await worker.runNext();
    expect(await bench.get(id)).toMatchObject({ state: 'succeeded' });
  });
});

import type { JobId } from '@leeway/contract';
import { waitUntil } from '@leeway/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PREFIX } from '../redis/keys.js';
import { someDecision, someSettlement, startQueueBench, type QueueBench } from '../../testing/queue-bench.js';
import { runStep, stepStates, submitWorkflow } from '../../testing/workflows.js';

let bench: QueueBench;
beforeEach(async () => {
  bench = await startQueueBench();
});
afterEach(() => bench.stop());

const DIAMOND = { a: {}, b: { needs: ['a'] }, c: { needs: ['a'] }, d: { needs: ['b', 'c'] } };

describe('a workflow', () => {
  it('starts each step when the steps it needs are over, in parallel where possible (F99)', async () => {
    const { id } = await submitWorkflow(bench, DIAMOND);
    expect(await stepStates(bench, id)).toEqual({ a: 'queued', b: 'waiting', c: 'waiting', d: 'waiting' });
    expect(await runStep(bench)).toBe('a');
    expect(await stepStates(bench, id)).toEqual({ a: 'succeeded', b: 'queued', c: 'queued', d: 'waiting' });
    expect([await runStep(bench), await runStep(bench)].toSorted()).toEqual(['b', 'c']);
    expect(await runStep(bench)).toBe('d');
    const ended = await bench.get(id);
    expect(ended).toMatchObject({ state: 'succeeded', cause: null, error: null });
    expect(ended.result).toEqual({
      steps: { a: { ok: true }, b: { ok: true }, c: { ok: true }, d: { ok: true } },
      leftOut: [],
    });
    expect(ended.budget?.workingSince).toBeNull();
    const steps = await Promise.all((ended.steps ?? []).map(({ job }) => bench.get(job as string)));
    expect(steps.map(({ workflow, state }) => [workflow, state])).toEqual(
      ['a', 'b', 'c', 'd'].map((step) => [{ id, step }, 'succeeded']),
    );
    expect((await bench.queue.list({ tenant: null, limit: 10 })).jobs).toHaveLength(5);
  });

  it('has events for the start and the end of its steps', async () => {
    const { id } = await submitWorkflow(bench, { a: {}, b: { needs: ['a'] } });
    await runStep(bench);
    await runStep(bench);
    const events = [];
    for await (const event of bench.queue.events(id as JobId, { signal: AbortSignal.timeout(5_000) }))
      events.push([event.type, (event.data as { step?: string }).step]);
    expect(events).toEqual([
      ['submitted', undefined],
      ['step_queued', 'a'],
      ['step_started', 'a'],
      ['step_ended', 'a'],
      ['step_queued', 'b'],
      ['step_started', 'b'],
      ['step_ended', 'b'],
      ['finished', undefined],
    ]);
  });

  it('is submitted once under an Idempotency-Key, with its steps', async () => {
    const first = await submitWorkflow(bench, DIAMOND, { key: 'k' });
    const again = await submitWorkflow(bench, DIAMOND, { key: 'k' });
    expect(again.id).toBe(first.id);
    expect((await bench.queue.counts()).queued).toBe(2);
  });

  it('starts its steps when its delay is over', async () => {
    const { id } = await submitWorkflow(bench, { a: {} }, { delayMs: 300 });
    expect((await bench.get(id)).state).toBe('scheduled');
    expect(await stepStates(bench, id)).toEqual({ a: 'waiting' });
    await waitUntil(async () => (await bench.store.watchdog.sweep()).expired === 1, { what: 'the delay to end' });
    expect(await runStep(bench)).toBe('a');
    expect((await bench.get(id)).state).toBe('succeeded');
  });

  it('spends its budget while a step is at work, and not while all of them wait (F99)', async () => {
    const { id } = await submitWorkflow(bench, { a: {}, b: {}, c: { needs: ['a', 'b'] } });
    const [one, two] = [await bench.claim(), await bench.claim()];
    expect(one.attempt.leftMs).toBe(600_000);
    const work = (ms: number) => bench.raw.hset(`${PREFIX}:job:${id}`, 'workingSince', Date.now() - ms);
    await work(100_000);
    await bench.store.attempts.settle(one.attempt, someSettlement());
    expect((await bench.get(id)).budget).toMatchObject({ spentMs: 0, totalMs: 600_000 });
    await bench.store.attempts.settle(two.attempt, someSettlement());
    const { budget } = await bench.get(id);
    expect(budget?.workingSince).toBeNull();
    expect(Math.round((budget?.spentMs ?? 0) / 1_000)).toBe(100);
  });

  it('keeps the records of ended steps while it runs, and is pruned with those of steps that never started', async () => {
    await bench.stop();
    bench = await startQueueBench({ policy: { retention: { recordMs: 60_000 } } });
    const { id } = await submitWorkflow(bench, { a: {}, b: { needs: ['a'] } });
    await runStep(bench);
    const old = () => bench.raw.zadd(`${PREFIX}:ended`, 1, `${id}-s1`);
    await old();
    await bench.store.prune();
    expect((await bench.get(`${id}-s1`)).state).toBe('succeeded');
    await bench.queue.controls.cancel(id as JobId, 'enough');
    await old();
    await bench.raw.zadd(`${PREFIX}:ended`, 1, id, 1, `${id}-s2`);
    await bench.store.prune();
    expect(await bench.raw.keys(`${PREFIX}:job:*`)).toEqual([]);
  });
});

describe('a step that fails (A12)', () => {
  it('ends the workflow: waiting steps are skipped, running ones are cancelled, results are kept', async () => {
    const { id } = await submitWorkflow(bench, { a: {}, b: {}, c: { needs: ['a', 'b'] }, d: {} });
    const running = await bench.claim();
    const name = running.attempt.record.text('stepName') as string;
    const failing = await runStep(bench, true);
    const waiting = ['a', 'b', 'd'].find((step) => step !== name && step !== failing) as string;
    expect(await stepStates(bench, id)).toEqual({
      [name]: 'running',
      [failing]: 'failed',
      [waiting]: 'cancelled',
      c: 'skipped',
    });
    expect((await bench.get(id)).state).toBe('running');
    const cancelled = someSettlement({
      outcome: 'cancelled',
      cause: 'cancelled',
      next: { step: 'final', state: 'cancelled' },
    });
    await bench.store.attempts.settle(running.attempt, cancelled);
    expect(await bench.get(id)).toMatchObject({
      state: 'failed',
      cause: 'error',
      error: { code: 'exit_nonzero', message: `Step "${failing}": it exited with code 1` },
      result: { steps: { [failing]: { stdout: 'half' } } },
    });
  });

  it('does not end the workflow with onFailure "continue": later steps run', async () => {
    const { id } = await submitWorkflow(bench, { a: { onFailure: 'continue' }, b: { needs: ['a'] } });
    expect(await runStep(bench, true)).toBe('a');
    expect(await runStep(bench)).toBe('b');
    expect((await bench.get(id)).state).toBe('succeeded');
    expect(await stepStates(bench, id)).toEqual({ a: 'failed', b: 'succeeded' });
  });

  it('because its workers were lost too often ends the workflow as well', async () => {
    await bench.stop();
    bench = await startQueueBench({ policy: { limits: { maxLosses: 0 } } });
    const { id } = await submitWorkflow(bench, { a: {}, b: { needs: ['a'] } });
    const { attempt } = await bench.claim();
    await bench.store.attempts.markLost(attempt.job, 1, 0);
    const ended = await bench.get(id);
    expect(ended).toMatchObject({ state: 'failed', cause: 'worker_lost' });
    expect(ended.error?.message).toContain('Step "a": The worker was lost');
  });

  it('with its worker waits for another one without spending the budget', async () => {
    const { id } = await submitWorkflow(bench, { a: {} });
    const { attempt } = await bench.claim();
    expect((await bench.get(id)).budget?.workingSince).not.toBeNull();
    await bench.store.attempts.markLost(attempt.job, 1, 0);
    expect((await bench.get(id)).budget?.workingSince).toBeNull();
    expect(await stepStates(bench, id)).toEqual({ a: 'queued' });
  });

  it('runs again when the workflow is retried, and steps that succeeded do not', async () => {
    const { id } = await submitWorkflow(bench, { a: {}, b: { needs: ['a'] }, c: { needs: ['b'] } });
    await runStep(bench);
    await runStep(bench, true);
    expect((await bench.get(id)).state).toBe('failed');
    expect(await bench.queue.controls.retry(`${id}-s2` as JobId)).toBe('not_possible');
    expect(await bench.queue.controls.retry(id as JobId)).toBe('retried');
    expect(await stepStates(bench, id)).toEqual({ a: 'succeeded', b: 'queued', c: 'waiting' });
    expect(await bench.get(id)).toMatchObject({ cause: null, error: null, result: null, budget: { spentMs: 0 } });
    expect([await runStep(bench), await runStep(bench)]).toEqual(['b', 'c']);
    expect((await bench.get(id)).state).toBe('succeeded');
    expect((await bench.get(`${id}-s2`)).attempts.map(({ outcome }) => outcome)).toEqual(['failed', 'succeeded']);
  });
});

describe('the time budget of a workflow', () => {
  const POLICY = { policy: { workflows: { minStepMs: 1_000 }, supervision: { graceMs: 0 } } };
  const spend = (id: string, ms: number) => bench.raw.hset(`${PREFIX}:job:${id}`, 'spentMs', ms);

  it('ends it instead of starting a step with too little time left, and keeps results (F103, F104)', async () => {
    const { id } = await submitWorkflow(bench, { a: {}, b: { needs: ['a'] } }, { totalMs: 10_000 });
    await spend(id, 5_001);
    await runStep(bench);
    expect(await bench.get(id)).toMatchObject({
      state: 'failed',
      cause: 'budget_exhausted',
      result: { steps: { a: { ok: true } } },
    });
    expect(await stepStates(bench, id)).toEqual({ a: 'succeeded', b: 'skipped' });
  });

  it('cancels a running step some time after its end, if the worker has not', async () => {
    await bench.stop();
    bench = await startQueueBench(POLICY);
    const { id } = await submitWorkflow(bench, { a: {}, b: { needs: ['a'] } }, { totalMs: 1_000 });
    await spend(id, 999);
    const { attempt } = await bench.claim();
    await waitUntil(async () => (await bench.store.watchdog.sweep()).expired === 1, { what: 'the budget to end' });
    expect((await bench.raw.hget(`${PREFIX}:job:${attempt.job}`, 'cancel')) ?? '').toContain('budget');
    await bench.store.attempts.settle(
      attempt,
      someSettlement({ outcome: 'cancelled', cause: 'cancelled', next: { step: 'final', state: 'cancelled' } }),
    );
    expect(await bench.get(id)).toMatchObject({ state: 'failed', cause: 'budget_exhausted' });
    expect((await bench.store.watchdog.sweep()).expired).toBe(0);
  });

  it('shows the allocation of a step, and more when its deadline is extended beyond it', async () => {
    const { id } = await submitWorkflow(bench, { a: {} });
    const { attempt } = await bench.claim();
    await bench.store.attempts.bindDecision(attempt, someDecision(20_000), 20_000);
    const allocation = async () => (await bench.get(id)).steps?.[0]?.allocationMs;
    expect(await allocation()).toBe(20_000);
    const report = (deadlineMs: number) =>
      bench.store.attempts.report(attempt, [{ type: 'extended', deadlineMs, by: 'estimator', reason: 'more' }]);
    await report(15_000);
    expect(await allocation()).toBe(20_000);
    await report(35_000);
    expect(await allocation()).toBe(35_000);
  });

  it('can be changed while it runs (F86)', async () => {
    const { id } = await submitWorkflow(bench, { a: {}, b: { needs: ['a'] } }, { totalMs: 100_000 });
    expect(await bench.queue.controls.changeLimits(id as JobId, { overallMs: 200_000 })).toBe('changed');
    expect((await bench.get(id)).budget?.totalMs).toBe(200_000);
    const completeBy = new Date(Date.now() + 60_000).toISOString();
    expect(await bench.queue.controls.changeLimits(id as JobId, { completeBy })).toBe('changed');
    await runStep(bench);
    expect((await bench.get(`${id}-s2`)).limits).toMatchObject({ completeBy });
  });
});

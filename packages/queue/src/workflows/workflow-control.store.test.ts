import type { JobId } from '@leeway/contract';
import { waitUntil } from '@leeway/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PREFIX } from '../redis/keys.js';
import { someSettlement, startQueueBench, type QueueBench } from '../../testing/queue-bench.js';
import { runStep, stepStates, submitWorkflow, sweepUntil } from '../../testing/workflows.js';

let bench: QueueBench;
beforeEach(async () => {
  bench = await startQueueBench();
});
afterEach(() => bench.stop());

const CHAIN = { a: {}, b: { needs: ['a'] }, c: { needs: ['b'] } };
const CANCELLED = someSettlement({
  outcome: 'cancelled',
  cause: 'cancelled',
  next: { step: 'final', state: 'cancelled' },
});

describe('a cancel of a workflow', () => {
  it('ends it at once when no step is running', async () => {
    const { id } = await submitWorkflow(bench, CHAIN);
    expect(await bench.queue.controls.cancel(id as JobId, 'no')).toBe('cancelled');
    expect(await bench.get(id)).toMatchObject({ state: 'cancelled', cause: 'cancelled', error: { message: 'no' } });
    expect(await stepStates(bench, id)).toEqual({ a: 'cancelled', b: 'skipped', c: 'skipped' });
    await waitUntil(async () => (await bench.raw.zcard(`${PREFIX}:outbox`)) === 0, { what: 'BullMQ to remove it' });
    expect(await bench.queue.controls.cancel(id as JobId, 'no')).toBe('already');
  });

  it('is requested from running steps, and the workflow ends with the last of them', async () => {
    const { id } = await submitWorkflow(bench, { a: {}, b: {}, c: { needs: ['a', 'b'] } });
    const [one, two] = [await bench.claim(), await bench.claim()];
    expect(await bench.queue.controls.cancel(id as JobId, 'no')).toBe('requested');
    expect(await bench.queue.controls.cancel(id as JobId, 'no')).toBe('requested');
    await bench.store.attempts.settle(one.attempt, CANCELLED);
    expect((await bench.get(id)).state).toBe('running');
    // The other step succeeded before its cancel: that changes nothing for the workflow.
    await bench.store.attempts.settle(two.attempt, someSettlement());
    expect((await bench.get(id)).state).toBe('cancelled');
    expect((await stepStates(bench, id))['c']).toBe('skipped');
  });

  it('starts nothing after a step that fails at that moment', async () => {
    const { id } = await submitWorkflow(bench, CHAIN);
    const { attempt } = await bench.claim();
    await bench.queue.controls.cancel(id as JobId, 'no');
    const retry = someSettlement({ outcome: 'failed', cause: 'error', next: { step: 'retry', delayMs: 10 } });
    await bench.store.attempts.settle(attempt, retry);
    expect(await bench.get(id)).toMatchObject({ state: 'cancelled', error: { message: 'no' } });
    expect(await stepStates(bench, id)).toEqual({ a: 'cancelled', b: 'skipped', c: 'skipped' });
  });

  it('of one of its steps ends it as cancelled', async () => {
    const { id } = await submitWorkflow(bench, CHAIN);
    expect(await bench.queue.controls.cancel(`${id}-s1` as JobId, 'not this')).toBe('cancelled');
    expect(await bench.get(id)).toMatchObject({ state: 'cancelled', error: { message: 'Step "a": not this' } });
  });
});

describe('a pause of a workflow (F86)', () => {
  it('pauses waiting steps and starts no others until it is resumed', async () => {
    const { id } = await submitWorkflow(bench, { a: {}, b: { needs: ['a'] }, c: {} });
    const { attempt } = await bench.claim();
    const running = attempt.record.text('stepName') as string;
    const other = running === 'a' ? 'c' : 'a';
    expect(await bench.queue.controls.pause(id as JobId)).toBe('paused');
    expect(await stepStates(bench, id)).toMatchObject({ [running]: 'running', [other]: 'paused', b: 'waiting' });
    await bench.store.attempts.setPaused(attempt, { paused: true });
    expect((await bench.get(id)).budget?.workingSince).toBeNull();
    expect(await bench.queue.controls.pause(id as JobId)).toBe('already');
    await bench.store.attempts.settle(attempt, someSettlement());
    expect((await bench.get(id)).state).toBe('paused');
    expect((await stepStates(bench, id))['b']).toBe('waiting');
    expect(await bench.queue.controls.resume(id as JobId)).toBe('resumed');
    expect((await bench.get(id)).state).toBe('running');
    await runStep(bench);
    await runStep(bench);
    expect((await bench.get(id)).state).toBe('succeeded');
  });

  it('ends by itself after maxPauseMs', async () => {
    await bench.stop();
    bench = await startQueueBench({ policy: { limits: { maxPauseMs: 1_000 } } });
    const { id } = await submitWorkflow(bench, CHAIN);
    await bench.queue.controls.pause(id as JobId);
    await sweepUntil(bench, async () => (await bench.get(id)).state === 'queued', 'the pause to end');
    expect(await runStep(bench)).toBe('a');
  });

  it('does not prevent a cancel', async () => {
    const { id } = await submitWorkflow(bench, CHAIN);
    await bench.queue.controls.pause(id as JobId);
    expect(await bench.queue.controls.cancel(id as JobId, 'no')).toBe('cancelled');
    expect(await stepStates(bench, id)).toEqual({ a: 'cancelled', b: 'skipped', c: 'skipped' });
  });
});

describe('a crash of a process', () => {
  it('between the record and BullMQ is repaired by the sweep, and no step becomes two jobs', async () => {
    const { id } = await submitWorkflow(bench, { a: {}, b: { needs: ['a'] }, c: { needs: ['a'] } });
    const { attempt, job, token } = await bench.claim();
    const reply = await bench.store.attempts.settle(attempt, someSettlement());
    // The process dies here: BullMQ has neither the end of a nor b and c.
    expect(reply).toMatchObject({ status: 'applied', affectedJobs: [`${id}-s2`, `${id}-s3`] });
    expect(await bench.store.attempts.settle(attempt, someSettlement())).toMatchObject({ status: 'repeated' });
    await sweepUntil(bench, async () => (await bench.raw.zcard(`${PREFIX}:outbox`)) === 0, 'the outbox to be empty');
    expect([await runStep(bench), await runStep(bench)].toSorted()).toEqual(['b', 'c']);
    expect(await bench.get(id)).toMatchObject({ state: 'succeeded' });
    expect((await bench.get(`${id}-s2`)).attempts).toHaveLength(1);
    expect(await bench.raw.zcard(`${PREFIX}:by:*:queued`)).toBe(0);
    expect([job.id, token]).toEqual([`${id}-s1`, token]);
  });

  it('right after the submission of a workflow is repaired too', async () => {
    const { id } = await submitWorkflow(bench, CHAIN);
    const bull = bench.raw;
    await bull.del(...(await bull.keys('{leeway}:bull:*')));
    await bull.zadd(`${PREFIX}:outbox`, 1, `${id}-s1`);
    await sweepUntil(bench, async () => (await bull.zcard(`${PREFIX}:outbox`)) === 0, 'the step to be in BullMQ');
    expect(await runStep(bench)).toBe('a');
  });

  it('is followed by late writes that change nothing in the workflow', async () => {
    const { id } = await submitWorkflow(bench, CHAIN);
    const { attempt } = await bench.claim();
    const { affectedJobs } = await bench.store.attempts.markLost(attempt.job, 1, 0);
    expect(affectedJobs).toEqual([]);
    expect(await bench.store.attempts.settle(attempt, someSettlement())).toMatchObject({ status: 'fenced' });
    expect(await stepStates(bench, id)).toEqual({ a: 'queued', b: 'waiting', c: 'waiting' });
  });
});

import type { JobId } from '@leeway/contract';
import { waitUntil } from '@leeway/testkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type AttemptBench, type BenchWorker, startAttemptBench } from '../../testing/attempt/attempt-bench.js';
import type { HandlerContext } from '../handlers/handler.js';

let bench: AttemptBench;
beforeEach(async () => {
  const supervision = { lostAfterMs: 800 };
  bench = await startAttemptBench({ supervision });
});
afterEach(() => bench.stop());

const eventsOf = ({ logged }: BenchWorker) => logged.map(({ event }) => event);
const attemptsOf = async (id: JobId) =>
  (await bench.get(id)).attempts.map(({ worker, outcome }) => `${worker}: ${outcome}`);

/** A handler that returns when the test calls `finish`, and records the reason of its abort. */
function controlled() {
  const aborted: unknown[] = [];
  let finish: (value: unknown) => void = () => undefined;
  const run = (_: unknown, { signal }: HandlerContext) =>
    new Promise<unknown>((resolve) => {
      finish = resolve;
      signal.addEventListener('abort', () => {
        aborted.push(signal.reason);
        resolve('stopped');
      });
    });
  return { run, aborted, finish: (value: unknown) => finish(value) };
}

/** Sweeps until the attempts of lost workers are requeued. */
const sweepUntilLost = (worker: BenchWorker) =>
  waitUntil(async () => (await worker.store.watchdog.sweep()).lost > 0, { what: 'the lost attempt to be requeued' });

describe('an attempt that is given to another worker while it runs', () => {
  it('is stopped as lost, without a grace, and its result is not used', async () => {
    const handler = controlled();
    let graceMs: number | undefined;
    const worker = bench.worker('w1', async (input, context) => {
      const value = await handler.run(input, context);
      graceMs = context.graceMs;
      return value;
    });
    const other = bench.worker('w2', async () => 'of the second');
    const id = await bench.submit();
    const running = worker.runNext();
    await bench.until(id, 'running');
    await other.store.attempts.markLost(id, 1, 0);
    await other.store.outbox.reconcile(id);
    await running;
    expect(handler.aborted).toMatchObject([{ cause: 'lost' }]);
    expect(graceMs).toBe(0);
    expect(eventsOf(worker)).toContain('attempt_fenced');
    await other.runNext();
    expect(await bench.get(id)).toMatchObject({ state: 'succeeded', result: 'of the second' });
    expect(await attemptsOf(id)).toEqual(['w1: lost', 'w2: succeeded']);
  });

  it('changes nothing with a late result, also while the next attempt runs', async () => {
    const [first, second] = [controlled(), controlled()];
    const worker = bench.worker('w1', first.run);
    const other = bench.worker('w2', second.run);
    const id = await bench.submit();
    const running = worker.runNext();
    await bench.until(id, 'running');
    worker.heartbeat.die();
    await sweepUntilLost(other);
    const next = other.runNext();
    await bench.until(id, 'running');
    first.finish('late');
    await running;
    expect(eventsOf(worker)).toContain('attempt_fenced');
    expect(await bench.get(id)).toMatchObject({ state: 'running', attempts: [{ outcome: 'lost' }, { number: 2 }] });
    second.finish('of the second');
    await next;
    expect(await bench.get(id)).toMatchObject({ state: 'succeeded', result: 'of the second' });
  });
});

describe('an attempt whose worker is lost', () => {
  it('is requeued by the watchdog of another worker, and costs no attempt (F94)', async () => {
    const worker = bench.worker('w1', controlled().run);
    const other = bench.worker('w2', async () => 'of the second');
    const id = await bench.submit({ attempts: 1 });
    void worker.runNext();
    await bench.until(id, 'running');
    worker.heartbeat.die();
    await sweepUntilLost(other);
    expect(await bench.get(id)).toMatchObject({ state: 'queued' });
    await other.runNext();
    expect(await bench.get(id)).toMatchObject({ state: 'succeeded', result: 'of the second' });
    expect(await attemptsOf(id)).toEqual(['w1: lost', 'w2: succeeded']);
  });

  it('is not taken for lost while its heartbeat continues (F95)', async () => {
    const handler = controlled();
    const worker = bench.worker('w1', handler.run);
    const other = bench.worker('w2', async () => 'never');
    const id = await bench.submit();
    const running = worker.runNext();
    await bench.until(id, 'running');
    const startedMs = performance.now();
    await waitUntil(
      async () => {
        expect((await other.store.watchdog.sweep()).lost).toBe(0);
        return performance.now() - startedMs > 2 * bench.policy.supervision.lostAfterMs;
      },
      { what: 'two windows to pass' },
    );
    handler.finish('done');
    await running;
    expect(await attemptsOf(id)).toEqual(['w1: succeeded']);
  });
});

describe('a settlement', () => {
  it('is repeated until Redis takes it, and the lease is renewed meanwhile', async () => {
    const handler = controlled();
    const worker = bench.worker('w1', handler.run);
    const id = await bench.submit();
    const running = worker.runNext();
    await bench.until(id, 'running');
    const renewals = worker.heartbeat.renewals.length;
    await bench.raw.config('SET', 'maxmemory', '1');
    handler.finish('kept');
    const refused = () => eventsOf(worker).filter((event) => event === 'settle_refused').length;
    await waitUntil(() => refused() >= 2, { what: 'the settlement to be refused twice' });
    expect(worker.heartbeat.leased).toEqual([`${id}.1`]);
    expect(worker.heartbeat.renewals.length).toBe(renewals + refused());
    await bench.raw.config('SET', 'maxmemory', '0');
    await running;
    expect(await bench.get(id)).toMatchObject({ state: 'succeeded', result: 'kept' });
  });

  it('holds when BullMQ refuses its change, which stays in the outbox for the sweep', async () => {
    const handler = controlled();
    const worker = bench.worker('w1', handler.run);
    const id = await bench.submit();
    const running = worker.runNext();
    await bench.until(id, 'running');
    await bench.raw.del(`{leeway}:bull:task:${id}:lock`);
    handler.finish('kept');
    await running;
    expect(eventsOf(worker)).toContain('sync_failed');
    expect(await bench.get(id)).toMatchObject({ state: 'succeeded', result: 'kept' });
    expect(await bench.raw.zrange('{leeway}:outbox', '0', '-1')).toEqual([id]);
  });

  it('that cannot be made because of an error leaves the attempt to the watchdog', async () => {
    const worker = bench.worker('w1', async () => 'done');
    const attempts = Object.create(worker.context.attempts) as typeof worker.context.attempts;
    attempts.stepResults = () => Promise.reject(new Error('not expected'));
    attempts.settle = () => Promise.reject(Object.assign(new Error('a broken script')));
    const clock = { ...worker.context.clock, monotonicMs: vi.fn(() => performance.now()) };
    worker.context = { ...worker.context, attempts, clock };
    const id = await bench.submit();
    const running = worker.runNext();
    await waitUntil(() => eventsOf(worker).includes('settle_refused'), { what: 'the settlement to fail' });
    clock.monotonicMs.mockImplementation(() => performance.now() + 120_000);
    await running;
    expect(eventsOf(worker)).toContain('attempt_error');
    expect([worker.heartbeat.leased, worker.context.running.size]).toEqual([[], 0]);
    expect(await bench.get(id)).toMatchObject({ state: 'running', attempts: [{ number: 1, outcome: null }] });
    expect((await worker.store.attempts.markLost(id, 1, 0)).status).toBe('requeued');
  });
});

import type { JobId } from '@leeway/contract';
import { createLog, readConfig } from '@leeway/runtime';
import { waitUntil } from '@leeway/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AttemptBench, KIND, type LogLine, startAttemptBench } from '../../testing/attempt/attempt-bench.js';
import { InProcessHeartbeat } from '../../testing/attempt/in-process-heartbeat.js';
import type { Handler, HandlerContext } from '../handlers/handler.js';
import { LeewayWorker } from './worker.js';

const DRAIN_MS = 800;
const MAX_ABANDONED = 2;

let bench: AttemptBench;
const workers: LeewayWorker[] = [];
beforeEach(async () => {
  bench = await startAttemptBench({
    supervision: { drainMs: DRAIN_MS, maxAbandoned: MAX_ABANDONED, graceMs: 100 },
    worker: { concurrency: 4 },
  });
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
  await bench.stop();
});

/** A worker with one handler, whose heartbeat runs on the main loop. */
async function started(run: Handler['run'], handler: Partial<Handler> = {}) {
  const logged: LogLine[] = [];
  const wornOut: string[] = [];
  const worker = new LeewayWorker({
    config: { ...readConfig({ REDIS_URL: bench.redis.url }), policy: bench.policy },
    log: createLog({ process: 'worker', level: 'debug', write: (line) => logged.push(JSON.parse(line) as LogLine) }),
    version: '1.2.3',
    handlers: new Map([[KIND, { kind: KIND, inProcess: true, run, ...handler }]]),
    env: {},
    leashSocket: 'none',
    leashReady: async () => undefined,
    onFatal: () => undefined,
    onWornOut: (why) => wornOut.push(why),
    createHeartbeat: (options) => new InProcessHeartbeat(options),
  });
  workers.push(worker);
  await worker.start();
  return { worker, wornOut, events: () => logged.map(({ event }) => event) };
}

const untilAborted = (_: unknown, { signal }: HandlerContext) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
const never = () => new Promise<never>(() => undefined);
const outcomes = async (id: JobId) => (await bench.get(id)).attempts.map(({ outcome }) => outcome);

describe('a worker', () => {
  it('takes the jobs of its kinds, and is listed with them', async () => {
    const { worker } = await started(async (input) => input);
    const ids = await Promise.all([1, 2, 3].map((n) => bench.submit({ input: { n } })));
    for (const id of ids) await bench.until(id, 'succeeded');
    expect((await bench.get(ids[0] as JobId)).result).toEqual({ n: 1 });
    const [listed] = await bench.queue.workers();
    expect(listed).toMatchObject({ id: worker.id, version: '1.2.3', kinds: [KIND], concurrency: 4, state: 'active' });
  });

  it('requeues the attempts of a worker that is lost', async () => {
    const lost = bench.worker('lost', never);
    const id = await bench.submit();
    void lost.runNext();
    await bench.until(id, 'running');
    lost.heartbeat.die();
    await started(async () => 'done');
    await bench.until(id, 'succeeded');
    expect(await outcomes(id)).toEqual(['lost', 'succeeded']);
  });

  it('asks to be replaced when too many of its handlers have ignored their abort', async () => {
    const { wornOut } = await started(never);
    for (let n = 0; n < MAX_ABANDONED; n += 1) await bench.submit({ timeoutMs: 50, attempts: 1 });
    await waitUntil(() => wornOut.length > 0, { what: 'the worker to be worn out' });
    expect(wornOut[0]).toContain(`${MAX_ABANDONED} handlers ignored their abort`);
  });

  it('records why it dies, and for which of its attempts that loss counts', async () => {
    const { worker } = await started(never);
    const id = await bench.submit();
    await bench.until(id, 'running');
    await waitUntil(async () => (await bench.queue.workers())[0]?.running === 1, { what: 'the attempt to run' });
    await worker.crashWith(new Error('nothing caught this'));
    const record = await bench.raw.hgetall(`{leeway}:job:${id}`);
    expect(record).toMatchObject({
      'a1:deathCause': expect.stringContaining('nothing caught this'),
      'a1:cleared': '0',
    });
  });
});

describe('a worker that stops', () => {
  it('lets its attempts finish, and takes no more jobs', async () => {
    let finish: (value: unknown) => void = () => undefined;
    const { worker } = await started(() => new Promise((resolve) => (finish = resolve)));
    const id = await bench.submit();
    await bench.until(id, 'running');
    const stopped = worker.stop();
    await waitUntil(async () => (await bench.queue.workers())[0]?.state === 'draining', { what: 'it to drain' });
    const later = await bench.submit();
    finish('done');
    await stopped;
    expect(await bench.get(id)).toMatchObject({ state: 'succeeded', result: 'done' });
    expect(await bench.get(later)).toMatchObject({ state: 'queued' });
  });

  it('releases the attempts that have not finished in time, which costs them nothing', async () => {
    const { worker, events } = await started(untilAborted);
    const id = await bench.submit({ attempts: 1 });
    await bench.until(id, 'running');
    await worker.stop();
    expect(events()).toContain('releasing');
    expect(await bench.get(id)).toMatchObject({ state: 'queued', attempts: [{ outcome: 'released' }] });
  });

  it('releases paused attempts at once', async () => {
    const { worker, events } = await started(untilAborted, { pause: async () => true, resume: async () => true });
    const id = await bench.submit();
    await bench.until(id, 'running');
    await bench.queue.controls.pause(id);
    await bench.until(id, 'paused');
    await worker.stop();
    expect(events()).not.toContain('releasing');
    expect(await bench.get(id)).toMatchObject({ state: 'paused', attempts: [{ outcome: 'released' }] });
  });

  it('ends within its limits although Redis does not answer', async () => {
    const { worker } = await started(untilAborted);
    const id = await bench.submit();
    await bench.until(id, 'running');
    bench.redis.freeze();
    try {
      const startedMs = performance.now();
      await worker.stop();
      expect(performance.now() - startedMs).toBeLessThan(15_000);
    } finally {
      bench.redis.thaw();
    }
  });
});

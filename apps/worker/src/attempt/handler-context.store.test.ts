import type { JobEvent, JobId } from '@leeway/contract';
import { waitUntil } from '@leeway/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AttemptBench, startAttemptBench } from '../../testing/attempt/attempt-bench.js';
import type { HandlerContext } from '../handlers/handler.js';

let bench: AttemptBench;
beforeEach(async () => {
  bench = await startAttemptBench({ phases: { names: ['ask', 'answer'], windowMs: 60_000 } });
});
afterEach(() => bench.stop());

/** Runs one job with this handler, and returns what is stored of it. */
async function ran(handler: (context: HandlerContext) => unknown, body: object = {}) {
  const worker = bench.worker('w1', async (_, context) => handler(context));
  const id = await bench.submit(body);
  await worker.runNext();
  return { id, worker, ...(await stored(id)) };
}

async function stored(id: JobId) {
  const stop = new AbortController();
  const events: JobEvent[] = [];
  for await (const event of bench.queue.events(id, { signal: stop.signal })) {
    events.push(event);
    if (event.type === 'finished') stop.abort();
  }
  return { job: await bench.get(id), output: (await bench.queue.output(id, {})).chunks, events };
}

/** Late reports that were sent all the same. */
const refusedReports = async () => (await bench.queue.tally()).refused.report;

const typesOf = (events: readonly JobEvent[]) => events.map(({ type }) => type);

describe('the context of a handler', () => {
  it('stores output by stream, progress, checkpoints and phases', async () => {
    const { job, output, events } = await ran(({ output: write, progress, checkpoint, phase, log }) => {
      write('to stdout', 'stdout');
      write(Buffer.from('no stream'));
      progress({ done: 1, of: 4 });
      checkpoint({ page: 1 });
      log.info({ page: 1 }, 'one page is read');
      return phase('answer');
    });
    expect(job.result).toBe(true);
    expect(output).toMatchObject([
      { stream: 'stdout', text: 'to stdout' },
      { stream: 'text', text: 'no stream' },
    ]);
    expect(job.progress).toMatchObject({ value: { done: 1, of: 4 }, percent: 25, percentIs: 'reported' });
    const phases = events.flatMap((event) => (event.type === 'phase' ? [event.data] : []));
    expect(phases).toMatchObject([{ name: 'ask' }, { name: 'answer' }]);
  });

  it('knows the attempt, its deadlines, and an extension of them', async () => {
    const { id, job } = await ran(
      ({ jobId, attemptId, attempt, graceMs, deadline, latestDeadline, extend, callBudget }) => {
        const before = deadline();
        const extended = extend(1_000);
        return {
          ...{ jobId, attemptId, attempt, graceMs, extended },
          byMs: deadline() - before,
          roomMs: latestDeadline() - deadline(),
          hasBudget: (callBudget?.remainingMs() ?? 0) > 0,
        };
      },
    );
    expect(job.result).toEqual({
      ...{ jobId: id, attemptId: `${id}.1`, attempt: 1, graceMs: bench.policy.supervision.graceMs },
      ...{ extended: true, byMs: 1_000, roomMs: expect.any(Number), hasBudget: true },
    });
    expect((job.result as { roomMs: number }).roomMs).toBeGreaterThanOrEqual(0);
  });

  it('publishes an extension, and that work was complete before its process ended', async () => {
    const { events } = await ran(({ extend, complete }) => {
      extend(1_000);
      complete();
    });
    expect(typesOf(events)).toEqual(expect.arrayContaining(['extended', 'marker']));
  });

  it('pauses the clocks while the handler waits for a person (F77)', async () => {
    const timeoutMs = 1_000;
    const { job, events } = await ran(
      async ({ waiting }) => {
        waiting(true, 'approval of the deploy');
        const startedMs = performance.now();
        await waitUntil(() => performance.now() - startedMs > timeoutMs, { what: 'its timeout to pass' });
        return waiting(false);
      },
      { timeoutMs, attempts: 1 },
    );
    expect(job).toMatchObject({ state: 'succeeded', result: true });
    expect(typesOf(events)).toEqual(expect.arrayContaining(['waiting', 'resumed']));
  });

  it('has no effect after the end of the attempt, and sends nothing more to Redis (F81)', async () => {
    let context: HandlerContext | undefined;
    const { id, ...before } = await ran((given) => {
      context = given;
      given.output('in time');
      return 'done';
    });
    const refused = await refusedReports();
    context?.output('late');
    context?.progress({ percent: 50 });
    context?.checkpoint('late');
    context?.phase();
    context?.tool(true);
    context?.activity();
    context?.complete();
    context?.alreadyEnded?.();
    expect(context?.extend(60_000)).toBe(false);
    expect(context?.waiting(true)).toBe(false);
    context?.streamPart({ kind: 'thinking', text: 'late' });
    // A second job goes the same way after it: what the first one sent would have come first.
    await ran(() => 'second');
    const after = await stored(id);
    expect([after.job, after.output, after.events]).toEqual([before.job, before.output, before.events]);
    expect(await refusedReports()).toBe(refused);
  });
});

import type { AttemptId, JobId } from '@leeway/contract';
import { waitUntil } from '@leeway/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AttemptBench, type BenchWorker, KIND, startAttemptBench } from '../../testing/attempt/attempt-bench.js';
import type { HandlerContext } from '../handlers/handler.js';
import { leaseMarginMs } from '../worker/worker-context.js';

const TIMEOUT_MS = 60_000;
const MAX_PAUSE_MS = 1_800_000;
/** The calls between a change and its lease take less than this. */
const SLACK_MS = 5_000;

let bench: AttemptBench;
let worker: BenchWorker;
let context: HandlerContext | undefined;
let end: () => void;
let running: Promise<void>;
let id: JobId;

beforeEach(async () => {
  context = undefined;
  bench = await startAttemptBench({ limits: { maxPauseMs: MAX_PAUSE_MS } });
  const run = (_: unknown, given: HandlerContext) =>
    new Promise<void>((resolve) => {
      context = given;
      end = resolve;
    });
  const pausable = { pause: async () => true, resume: async () => true };
  worker = bench.worker('w1', run, pausable);
  await worker.store.register({ kinds: [KIND], pausable: [KIND], queues: [KIND] });
  id = await bench.submit({ limits: { overallMs: 24 * 3_600_000 } });
  running = worker.runNext();
  await bench.until(id, 'running');
  await waitUntil(() => context !== undefined, { what: 'the handler to run' });
  await bench.queue.controls.changeLimits(id, { timeoutMs: TIMEOUT_MS });
  await leaseOf(TIMEOUT_MS);
});
afterEach(async () => {
  end();
  await running;
  await bench.stop();
});

/** Waits until the lease covers this much more time, and not much more than that. */
async function leaseOf(leftMs: number): Promise<void> {
  const { graceMs } = bench.policy.supervision;
  const leastMs = leftMs + graceMs + leaseMarginMs(bench.policy.supervision) - SLACK_MS;
  await waitUntil(
    () => {
      const last = worker.heartbeat.renewals.findLast(({ attempt }) => attempt === (`${id}.1` as AttemptId));
      return last !== undefined && last.forMs > leastMs && last.forMs <= leastMs + SLACK_MS;
    },
    { what: `a lease of ${leftMs} ms, grace and margin` },
  );
}

/** Every way in which the deadline of a running attempt moves, and the time that its lease has to cover then. */
const MOVES: [what: string, move: () => unknown, leftMs: number][] = [
  ['a longer timeout of the job', () => bench.queue.controls.changeLimits(id, { timeoutMs: 600_000 }), 600_000],
  ['a shorter timeout of the job', () => bench.queue.controls.changeLimits(id, { timeoutMs: 30_000 }), 30_000],
  ['a pause of the job', () => bench.queue.controls.pause(id), TIMEOUT_MS + MAX_PAUSE_MS],
  ['a wait for a person', () => context?.waiting(true), TIMEOUT_MS + MAX_PAUSE_MS],
];

describe('the lease of a running attempt', () => {
  it.each(MOVES)('covers %s', async (_, move, leftMs) => {
    await move();
    await leaseOf(leftMs);
  });

  it('is as short as before when a pause has ended', async () => {
    await bench.queue.controls.pause(id);
    await leaseOf(TIMEOUT_MS + MAX_PAUSE_MS);
    await bench.queue.controls.resume(id);
    await leaseOf(TIMEOUT_MS);
  });

  it('is as short as before when a wait has ended', async () => {
    context?.waiting(true);
    await leaseOf(TIMEOUT_MS + MAX_PAUSE_MS);
    context?.waiting(false);
    await leaseOf(TIMEOUT_MS);
  });
});

it('the lease of an attempt covers an extension that its handler asked for', async () => {
  const extendable = await bench.submit();
  const another = bench.worker('w2', async (_, given) => {
    const before = another.heartbeat.renewals.at(-1)?.forMs ?? 0;
    const extended = given.extend(600_000);
    return [extended, (another.heartbeat.renewals.at(-1)?.forMs ?? 0) - before];
  });
  await another.runNext();
  const [extended, longerMs] = (await bench.get(extendable)).result as [boolean, number];
  expect(extended).toBe(true);
  expect(longerMs).toBeGreaterThan(600_000 - SLACK_MS);
});

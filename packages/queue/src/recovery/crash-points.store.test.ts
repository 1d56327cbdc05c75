import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobId } from '@leeway/contract';
import { settleAndSync, startCrashBench, type CrashBench, type DyingProcess } from '../../testing/crash-bench.js';
import { someSettlement } from '../../testing/queue-bench.js';
import type { Settlement } from '../attempts/settlement.js';
import type { Controls } from '../jobs/controls.js';
import { PREFIX } from '../redis/keys.js';

/**
 * Crash points: a process makes a transition with the very calls of production, and ends after its first command to Redis,
 * after its second, and so on until it is done. Whatever it leaves behind, the sweep of another process brings the job to
 * its end.
 */
let bench: CrashBench;
beforeEach(async () => {
  bench = await startCrashBench();
});
afterEach(() => bench.stop());

/** More than any transition sends. */
const MAX_COMMANDS = 60;

interface Transition {
  body?: object;
  /** Brings a new job to where the transition starts. Returns the transition. */
  arrange: (id: JobId) => Promise<(process: DyingProcess) => Promise<unknown>>;
  /** The states in which the job may end, whether the transition was made or not. */
  ends: string[];
}

const failure = (next: { step: 'final'; state: 'failed' } | { step: 'retry'; delayMs: number }) =>
  someSettlement({ outcome: 'failed', cause: 'error', next });
const FAILED = failure({ step: 'final', state: 'failed' });

/** Settles a claimed attempt as the worker does it. */
const settling = (settlement: Settlement, ...ends: string[]): Transition => ({
  async arrange(id) {
    const { token, attempt } = await bench.claimJob();
    return async ({ store, job }) => {
      await settleAndSync(store, { job, token, attempt }, settlement);
      await bench.outboxEmpty(id);
    };
  },
  ends,
});

/** A control replies before BullMQ is in step. */
const controlling = (
  change: (controls: Controls, id: JobId) => Promise<unknown>,
  { ends, before }: { ends: string[]; before?: (id: JobId) => Promise<unknown> },
): Transition => ({
  async arrange(id) {
    await before?.(id);
    return async ({ queue }) => {
      await change(queue.controls, id);
      await bench.outboxEmpty(id);
    };
  },
  ends,
});

const TRANSITIONS: Record<string, Transition> = {
  'cancels it': controlling((controls, id) => controls.cancel(id, 'no'), { ends: ['cancelled', 'succeeded'] }),
  'pauses it': controlling((controls, id) => controls.pause(id), { ends: ['succeeded'] }),
  'resumes it': controlling((controls, id) => controls.resume(id), {
    before: (id) => bench.queue.controls.pause(id),
    ends: ['succeeded'],
  }),
  'retries it': controlling((controls, id) => controls.retry(id), {
    before: async () => settleAndSync(bench.store, await bench.claimJob(), FAILED),
    ends: ['failed', 'succeeded'],
  }),
  'claims it': {
    async arrange(id) {
      await bench.startStalledChecks();
      const { token } = await bench.takeJob();
      return ({ store }) => store.attempts.claim(id, { worker: 'dying', token });
    },
    ends: ['succeeded'],
  },
  'is handed it after it was cancelled': {
    async arrange(id) {
      await bench.startStalledChecks();
      const { token } = await bench.takeJob();
      await bench.queue.controls.cancel(id, 'no');
      return async ({ store, job }) => {
        const claim = await store.attempts.claim(id, { worker: 'dying', token });
        if (claim.status === 'unavailable') await store.outbox.apply(job, token, claim.sync);
      };
    },
    ends: ['cancelled'],
  },
  'settles a success': settling(someSettlement(), 'succeeded'),
  'settles a failure': settling(FAILED, 'failed', 'succeeded'),
  'settles a failure that is retried': settling(failure({ step: 'retry', delayMs: 20 }), 'succeeded'),
  'releases an attempt': settling(someSettlement({ outcome: 'released', next: { step: 'requeue' } }), 'succeeded'),
  'requeues a lost attempt': {
    async arrange(id) {
      await bench.claimJob();
      return async ({ store }) => {
        const { affectedJobs } = await store.attempts.markLost(id, 1, 0);
        await store.outbox.reconcileAll([id, ...affectedJobs]);
      };
    },
    ends: ['succeeded'],
  },
  'ends its wait': {
    body: { limits: { queueMs: 3_600_000 } },
    async arrange(id) {
      await bench.raw.zadd(`${PREFIX}:due`, 'XX', 1, id);
      return ({ store }) => store.watchdog.sweep();
    },
    ends: ['failed'],
  },
};

describe('a job comes to its end although a process dies between any two commands while it', () => {
  it.each(Object.entries(TRANSITIONS))('%s (F94)', async (_, { body, arrange, ends }) => {
    for (let commands = 0; commands < MAX_COMMANDS; commands += 1) {
      const id = (await bench.submit(body)).id as JobId;
      const act = await arrange(id);
      const process = await bench.processThatDiesAfter(commands, id);
      const outcome = await Promise.race([act(process).then(() => 'done'), process.died]);
      await bench.expectRepaired(id, ends);
      if (outcome === 'done') return expect(commands).toBeGreaterThan(0);
    }
    expect.fail(`it sends more than ${MAX_COMMANDS} commands`);
  });

  it('submits it, if its record was written (F94)', async () => {
    for (let commands = 0; commands < MAX_COMMANDS; commands += 1) {
      const process = await bench.processThatDiesAfter(commands);
      const before = await bench.raw.zrange(`${PREFIX}:by:*:queued`, '0', '-1');
      const done = bench.submit({}, { to: process.queue }).then(({ id }) => bench.outboxEmpty(id as JobId));
      const outcome = await Promise.race([done.then(() => 'done'), process.died]);
      const queued = await bench.raw.zrange(`${PREFIX}:by:*:queued`, '0', '-1');
      for (const id of queued.filter((each) => !before.includes(each)))
        await bench.expectRepaired(id as JobId, ['succeeded']);
      if (outcome === 'done') return expect(commands).toBeGreaterThan(0);
    }
    expect.fail(`it sends more than ${MAX_COMMANDS} commands`);
  });
});

import { systemClock } from '@leeway/runtime';
import { randomUUID } from 'node:crypto';
import { Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { JobId } from '@leeway/contract';
import { waitUntil } from '@leeway/testkit';
import type { ScheduledJob } from '../bullmq/bull-queues.js';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { BULL_PREFIX, PREFIX } from '../redis/keys.js';
import { JobQueue } from '../job-queue.js';
import { JobRecord } from '../record/job-record.js';
import { someSettlement, startQueueBench, type QueueBench, type Taken } from '../../testing/queue-bench.js';
import type { ClaimedAttempt } from '../attempts/claimed-attempt.js';
import type { WorkerStore } from '../worker-store.js';

/**
 * Every line between the record and BullMQ, one after the other: a process does a transition and ends after its first
 * command to Redis, after its second, and so on until none is left. Whatever it leaves behind, the sweep of another
 * process brings the job to its end.
 */
let bench: QueueBench;
let healer: WorkerStore;
/** Takes out of BullMQ without waiting, as nobody else does here. */
let hand: Worker;
let now = 1_000_000;
const dying: { close(): Promise<void> }[] = [];
beforeEach(async () => {
  bench = await startQueueBench();
  healer = bench.another('healer', () => now);
  hand = new Worker('command', undefined, {
    connection: bench.raw,
    prefix: BULL_PREFIX,
    autorun: false,
    skipVersionCheck: true,
  });
  hand.on('error', (error) => void bench.errors.push(error));
  await healer.register({ kinds: ['command'], pausable: ['command'], queues: ['command'] });
});
afterEach(async () => {
  await hand.close(true);
  await Promise.all(dying.splice(0).map((each) => each.close()));
  await bench.stop();
});

/** More than any transition sends. */
const MOST_COMMANDS = 60;
const WARM_UP_SWEEPS = 12;

type Held = Taken & { attempt: ClaimedAttempt };

/** What a process holds that is about to die. */
interface Doomed {
  queue: JobQueue;
  store: WorkerStore;
}

interface Transition {
  /** Brings a fresh job to where the transition starts. */
  arrange: (id: JobId) => Promise<Held | void>;
  act: (doomed: Doomed, id: JobId, held: Held | void) => Promise<unknown>;
  /** Where every job ends, whether the transition was done or not. */
  ends: string[];
  body?: object;
}

const nothing = () => Promise.resolve();
const opened = async () => {
  const held = await waitUntil(open, { what: 'BullMQ to hand out the job' });
  return held;
};
const failed = async () => {
  const held = await opened();
  const settlement = someSettlement({ outcome: 'failed', cause: 'error', next: { step: 'final', state: 'failed' } });
  await settle(bench, held, settlement);
};

/** The acknowledgement is sent while its caller goes on. */
const outboxEmpty = (id: JobId) =>
  waitUntil(async () => (await bench.raw.zscore(`${PREFIX}:outbox`, id)) === null, { what: 'the acknowledgement' });

/** The verbs of the API answer before BullMQ is in step. */
const told = async (id: JobId, verb: Promise<unknown>) => {
  await verb;
  await outboxEmpty(id);
};

const TRANSITIONS: Record<string, Transition> = {
  cancel: {
    arrange: nothing,
    act: ({ queue }, id) => told(id, queue.controls.cancel(id, 'no')),
    ends: ['cancelled', 'succeeded'],
  },
  pause: { arrange: nothing, act: ({ queue }, id) => told(id, queue.controls.pause(id)), ends: ['succeeded'] },
  resume: {
    arrange: async (id) => void (await bench.queue.controls.pause(id)),
    act: ({ queue }, id) => told(id, queue.controls.resume(id)),
    ends: ['succeeded'],
  },
  retry: { arrange: failed, act: ({ queue }, id) => told(id, queue.controls.retry(id)), ends: ['failed', 'succeeded'] },
  'settle a success': { arrange: opened, act: (doomed, _, held) => settle(doomed, held), ends: ['succeeded'] },
  'settle a failure': {
    arrange: opened,
    act: (doomed, _, held) =>
      settle(
        doomed,
        held,
        someSettlement({ outcome: 'failed', cause: 'error', next: { step: 'final', state: 'failed' } }),
      ),
    ends: ['failed', 'succeeded'],
  },
  'settle a retry': {
    arrange: opened,
    act: (doomed, _, held) =>
      settle(doomed, held, someSettlement({ outcome: 'failed', cause: 'error', next: { step: 'retry', delayMs: 20 } })),
    ends: ['succeeded'],
  },
  'hand back': {
    arrange: opened,
    act: (doomed, _, held) => settle(doomed, held, someSettlement({ outcome: 'released', next: { step: 'requeue' } })),
    ends: ['succeeded'],
  },
  'hand on a lost attempt': {
    arrange: opened,
    act: async ({ store }, id) => {
      await store.attempts.markLost(id, 1, 0);
      await store.outbox.reconcile(id);
    },
    ends: ['succeeded'],
  },
  'expire a wait': {
    arrange: async (id) => void (await bench.raw.zadd(`${PREFIX}:due`, 'XX', 1, id)),
    body: { limits: { queueMs: 3_600_000 } },
    act: ({ store }) => store.watchdog.sweep(),
    ends: ['failed'],
  },
};

it.each(Object.entries(TRANSITIONS))('%s: a process may end at every line of it (F94)', async (_, transition) => {
  for (let commands = 0; commands < MOST_COMMANDS; commands += 1) {
    const id = (await bench.submit(transition.body)).id as JobId;
    const held = await transition.arrange(id);
    const { doomed, died } = await dieAfter(commands);
    const done = transition.act(doomed, id, held).then(() => 'done' as const);
    const outcome = await Promise.race([done, died]);
    await expectGoodEnd(id, transition.ends);
    if (outcome === 'done') return expect(commands).toBeGreaterThan(0);
  }
  expect.fail(`it sends more than ${MOST_COMMANDS} commands`);
});

it('submit: a process may end at every line of it, and what has a record runs (F94)', async () => {
  for (let commands = 0; commands < MOST_COMMANDS; commands += 1) {
    const { doomed, died } = await dieAfter(commands);
    const before = await bench.raw.zrange(`${PREFIX}:by:*:queued`, '0', '-1');
    const done = bench.submit({}, { to: doomed.queue }).then(({ id }) => told(id as JobId, Promise.resolve()));
    const outcome = await Promise.race([done.then(() => 'done'), died]);
    const queued = await bench.raw.zrange(`${PREFIX}:by:*:queued`, '0', '-1');
    for (const id of queued.filter((each) => !before.includes(each))) await expectGoodEnd(id as JobId, ['succeeded']);
    if (outcome === 'done') return expect(commands).toBeGreaterThan(0);
  }
  expect.fail(`it sends more than ${MOST_COMMANDS} commands`);
});

/** As the worker does it: the record first, then BullMQ, then the acknowledgement in the outbox, then other jobs. */
async function settle(
  { store }: Pick<Doomed, 'store'>,
  held: Held | void,
  settlement = someSettlement(),
): Promise<void> {
  if (held === undefined) throw new Error('nothing is open');
  const reply = await store.attempts.settle(held.attempt, settlement);
  if (reply.status !== 'applied') return;
  await store.outbox.sync(held.job, held.token, reply.sync);
  await store.outbox.reconcileAll(reply.affectedJobs);
  await outboxEmpty(held.attempt.job);
}

/** A process of its own that sends so many commands more, and then nothing for ever. */
async function dieAfter(commands: number): Promise<{ doomed: Doomed; died: Promise<'died'> }> {
  const { redis, policy } = bench;
  const queue = new JobQueue({ redisUrl: redis.url, policy, clientName: 'doomed', clock: systemClock });
  await queue.start();
  const store = bench.another('doomed');
  await store.outbox.ack('nobody' as JobId, 0);
  dying.push(queue);
  let left = commands;
  const died = new Promise<'died'>((resolve) => {
    for (const { redis: connection } of [queue, store] as unknown as { redis: Redis }[]) {
      const send = connection.sendCommand.bind(connection);
      connection.sendCommand = (...args) => {
        left -= 1;
        if (left >= 0) return send(...args);
        resolve('died');
        return new Promise(() => {});
      };
    }
  });
  return { doomed: { queue, store }, died };
}

async function expectGoodEnd(id: JobId, ends: string[]): Promise<void> {
  const isOver = async () => {
    await heal(id);
    const { state } = await bench.get(id);
    return ['succeeded', 'failed', 'cancelled'].includes(state) && (await bench.raw.zcard(`${PREFIX}:outbox`)) === 0;
  };
  await waitUntil(isOver, { what: 'the job to end' });
  const job = await bench.get(id);
  expect(ends).toContain(job.state);
  for (const key of ['outbox', 'leases', 'due'])
    expect(await bench.raw.zrange(`${PREFIX}:${key}`, '0', '-1')).toEqual([]);
  expect(await bench.raw.zscore(`${PREFIX}:by:*:${job.state}`, id)).not.toBeNull();
  for (const list of ['wait', 'active', 'delayed', 'prioritized'])
    expect(await bench.raw.exists(`${BULL_PREFIX}:command:${list}`)).toBe(0);
}

/** What the workers that are left do: sweep, and run what is handed out. */
async function heal(id: JobId): Promise<void> {
  const { raw } = bench;
  await bench.queue.controls.resume(id);
  const record = new JobRecord(id, await raw.hgetall(`${PREFIX}:job:${id}`));
  if (record.text('attempt') !== '0') await raw.zadd(`${PREFIX}:leases`, 'XX', 1, `${id}.${record.last}`);
  for (const each of await raw.zrange(`${PREFIX}:outbox`, '0', '-1')) await raw.zadd(`${PREFIX}:outbox`, 1, each);
  // Between two of these cases nobody beats or sweeps, which would be a standstill.
  await raw.del(`${PREFIX}:uptime`);
  for (let i = 0; i < WARM_UP_SWEEPS; i += 1) {
    now += bench.policy.supervision.sweepEveryMs;
    await healer.watchdog.sweep();
  }
  const held = await open();
  if (held !== undefined) await settle({ store: healer }, held);
}

/** Takes a job if BullMQ has one to hand out, and opens an attempt if there is something to run. */
async function open(): Promise<Held | undefined> {
  const token = randomUUID();
  const job = (await hand.getNextJob(token, { block: false })) as ScheduledJob | undefined;
  if (job?.id === undefined) return undefined;
  const claim = await healer.attempts.claim(job.id as JobId, { worker: 'healer', token });
  if (claim.status === 'claimed') return { job, token, attempt: claim.attempt };
  await healer.outbox.apply(job, token, claim.sync);
  return undefined;
}

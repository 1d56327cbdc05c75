import { randomUUID } from 'node:crypto';
import { SWEEP_EVERY_MS } from '../src/recovery/watchdog.js';
import { Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { isFinal, type JobId } from '@leeway/contract';
import { systemClock } from '@leeway/runtime';
import { waitUntil } from '@leeway/testkit';
import { expect } from 'vitest';
import type { ClaimedAttempt } from '../src/attempts/claimed-attempt.js';
import type { Settlement } from '../src/attempts/settlement.js';
import type { BullQueues, ScheduledJob } from '../src/bullmq/bull-queues.js';
import { JobQueue } from '../src/job-queue.js';
import { JobRecord } from '../src/record/job-record.js';
import { BULL_PREFIX, PREFIX } from '../src/redis/keys.js';
import type { WorkerStore } from '../src/worker-store.js';
import { someSettlement, startQueueBench, type QueueBench, type Taken } from './queue-bench.js';

/** Short, since some cases wait for BullMQ to hand out a job again. */
const LOCK_MS = 1_000;
const STALLED_CHECK_MS = 300;
/** Sweeps until a watchdog trusts its own view. */
const WARM_UP_SWEEPS = 12;

/** Queue and store of a process that is about to end. */
export interface DyingProcess {
  queue: JobQueue;
  store: WorkerStore;
  /** The job as BullMQ handed it out, over the connection of this process: what is done with it counts as well. */
  job: ScheduledJob;
  /** Resolves when it has ended. */
  died: Promise<'died'>;
}

export type Claimed = Taken & { attempt: ClaimedAttempt };

/** A bench whose processes end after a given number of commands, and a worker that repairs what they leave. */
export interface CrashBench extends QueueBench {
  /** A process that holds a job, sends so many commands more, and then nothing for ever. */
  processThatDiesAfter(commands: number, id?: JobId): Promise<DyingProcess>;
  /**
   * BullMQ hands out again what was taken and not claimed. Only for cases that need it: it repairs much of what the outbox is
   * there for.
   */
  startStalledChecks(): Promise<void>;
  /** Takes the job that BullMQ hands out. */
  takeJob(): Promise<Taken>;
  claimJob(): Promise<Claimed>;
  /** Resolves when the outbox has no entry of the job: nobody waits for acknowledgements. */
  outboxEmpty(id: JobId): Promise<void>;
  /** Lets the other worker sweep and run jobs until the job is over; then every index and list has to agree with that. */
  expectRepaired(id: JobId, states: readonly string[]): Promise<void>;
}

/** What a worker does with a finished attempt: the record, then BullMQ, then the acknowledgement, then other jobs. */
export async function settleAndSync(
  store: WorkerStore,
  { job, token, attempt }: Claimed,
  settlement: Settlement = someSettlement(),
): Promise<void> {
  const reply = await store.attempts.settle(attempt, settlement);
  if (reply.status !== 'applied') return;
  await store.outbox.sync(job, token, reply.sync);
  await store.outbox.reconcileAll(reply.affectedJobs);
}

export async function startCrashBench(): Promise<CrashBench> {
  const bench = await startQueueBench();
  const { raw, redis, policy } = bench;
  let nowMs = 1_000_000;
  const repairer = bench.another('repairer', () => nowMs);
  await repairer.register({ kinds: ['command'], pausable: ['command'], queues: ['command'] });
  // Takes jobs without waiting, so that nothing is under way between two cases.
  const bullWorker = new Worker('command', undefined, {
    connection: raw,
    prefix: BULL_PREFIX,
    autorun: false,
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_CHECK_MS,
    maxStalledCount: 1_000,
    skipVersionCheck: true,
  });
  bullWorker.on('error', (error) => void bench.errors.push(error));
  const queues: JobQueue[] = [];

  const takeIfAny = async (): Promise<Taken | undefined> => {
    const token = randomUUID();
    const job = (await bullWorker.getNextJob(token, { block: false })) as ScheduledJob | undefined;
    return job?.id === undefined ? undefined : { job, token };
  };
  const claimIfAny = async (): Promise<Claimed | undefined> => {
    const taken = await takeIfAny();
    if (taken === undefined) return undefined;
    const { job, token } = taken;
    const claim = await repairer.attempts.claim(job.id as JobId, { worker: 'repairer', token });
    if (claim.status === 'claimed') return { ...taken, attempt: claim.attempt };
    await repairer.outbox.apply(job, token, claim.sync);
    return undefined;
  };
  const sweepAndRun = async (id: JobId) => {
    await bench.queue.controls.resume(id);
    const record = new JobRecord(id, await raw.hgetall(`${PREFIX}:job:${id}`));
    if (record.text('attempt') !== '0') await raw.zadd(`${PREFIX}:leases`, 'XX', 1, `${id}.${record.last}`);
    for (const each of await raw.zrange(`${PREFIX}:outbox`, '0', '-1')) await raw.zadd(`${PREFIX}:outbox`, 1, each);
    // Between two cases no worker beats or sweeps, which would be a standstill.
    await raw.del(`${PREFIX}:uptime`);
    for (let i = 0; i < WARM_UP_SWEEPS; i += 1) {
      nowMs += SWEEP_EVERY_MS;
      await repairer.watchdog.sweep();
    }
    const claimed = await claimIfAny();
    if (claimed !== undefined) await settleAndSync(repairer, claimed);
  };
  return {
    ...bench,
    startStalledChecks: () => bullWorker.startStalledCheckTimer(),
    takeJob: () => waitUntil(takeIfAny, { what: 'BullMQ to hand out the job' }) as Promise<Taken>,
    claimJob: () => waitUntil(claimIfAny, { what: 'BullMQ to hand out the job' }) as Promise<Claimed>,
    async outboxEmpty(id) {
      await waitUntil(async () => (await raw.zscore(`${PREFIX}:outbox`, id)) === null, { what: 'the acknowledgement' });
    },
    async processThatDiesAfter(commands, id) {
      const queue = new JobQueue({ redisUrl: redis.url, policy, clientName: 'dying', clock: systemClock });
      queues.push(queue);
      await queue.start();
      const store = bench.another('dying');
      await store.outbox.ack('nobody' as JobId, 0);
      const { bull } = store as unknown as { bull: BullQueues };
      const job = id === undefined ? undefined : await bull.job('command', id);
      return { queue, store, job: job as ScheduledJob, died: cutAfter(commands, [queue, store]) };
    },
    async expectRepaired(id, states) {
      const isRepaired = async () => {
        await sweepAndRun(id);
        return isFinal((await bench.get(id)).state) && (await raw.zcard(`${PREFIX}:outbox`)) === 0;
      };
      await waitUntil(isRepaired, { what: 'the job to end' });
      const { state } = await bench.get(id);
      expect(states).toContain(state);
      for (const key of ['outbox', 'leases', 'due'])
        expect(await raw.zrange(`${PREFIX}:${key}`, '0', '-1'), key).toEqual([]);
      expect(await raw.zscore(`${PREFIX}:by:*:${state}`, id)).not.toBeNull();
      for (const list of ['wait', 'active', 'delayed', 'prioritized'])
        expect(await raw.exists(`${BULL_PREFIX}:command:${list}`), `BullMQ's list ${list}`).toBe(0);
    },
    async stop() {
      await bullWorker.close(true);
      await Promise.all(queues.map((queue) => queue.close()));
      await bench.stop();
    },
  };
}

/** Lets so many commands through, over both connections together, and swallows all others. */
function cutAfter(commands: number, owners: readonly (JobQueue | WorkerStore)[]): Promise<'died'> {
  let left = commands;
  return new Promise((resolve) => {
    for (const { redis } of owners as unknown as { redis: Redis }[]) {
      const send = redis.sendCommand.bind(redis);
      redis.sendCommand = (...args) => {
        left -= 1;
        if (left >= 0) return send(...args);
        resolve('died');
        return new Promise(() => {});
      };
    }
  });
}

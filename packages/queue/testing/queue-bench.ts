import {
  kindPolicy,
  parsePolicy,
  parseSubmission,
  type Decision,
  type Job,
  type JobId,
  type Policy,
} from '@leeway/contract';
import type { StoreBounds } from '../src/redis/store-bounds.js';
import { systemClock, type Clock } from '@leeway/runtime';
import { startRedis, waitUntil, type PrivateRedis, type RedisOptions } from '@leeway/testkit';
import type { ScheduledJob } from '../src/bullmq/bull-queues.js';
import { openRedis, type RedisConnection } from '../src/redis/connection.js';
import type { Consumer } from '../src/bullmq/consumer.js';
import type { AttemptStore } from '../src/attempts/attempt-store.js';
import type { ClaimedAttempt } from '../src/attempts/claimed-attempt.js';
import type { Settlement } from '../src/attempts/settlement.js';
import { JobQueue } from '../src/job-queue.js';
import { queueName } from '../src/redis/keys.js';
import { WorkerStore } from '../src/worker-store.js';

/** A job that BullMQ has handed out, held until the bench is stopped. */
export interface Taken {
  job: ScheduledJob;
  token: string;
}

/** A queue and a worker's store on a Redis of their own, without a worker process: the test is the worker. */
export interface QueueBench {
  redis: PrivateRedis;
  policy: Policy;
  queue: JobQueue;
  store: WorkerStore;
  /** Errors that queue and store reported. */
  errors: Error[];
  submit(
    body?: object,
    options?: { idempotencyKey?: string; bodyHash?: string; tenant?: string; to?: JobQueue },
  ): Promise<Job>;
  /** Waits for BullMQ to hand out the next job. */
  take(): Promise<Taken>;
  /** Takes the next job and claims an attempt of it. */
  claim(worker?: string): Promise<Taken & { attempt: ClaimedAttempt }>;
  get(id: string): Promise<Job>;
  /** Another worker's store on the same Redis, with a clock of its own if given. */
  another(worker: string, monotonicMs?: () => number): WorkerStore;
  /** A plain connection, to read keys and to break them. */
  raw: RedisConnection;
  stop(): Promise<void>;
}

/** Claims an attempt of a job; throws where there is nothing to run. */
export async function claimed(
  attempts: AttemptStore,
  job: string,
  by: { worker: string; token: string; takeOverAfterMs?: number },
): Promise<ClaimedAttempt> {
  const claim = await attempts.claim(job as JobId, by);
  if (claim.status === 'unavailable') throw new Error(`nothing to run: the job is ${claim.state}`);
  return claim.attempt;
}

/** A decision for tests: one minute, from no history. */
export function someDecision(deadlineMs = 60_000): Decision {
  return {
    deadlineMs,
    hardCapMs: deadlineMs * 10,
    expectedMs: null,
    lateMs: null,
    firstOutputMs: null,
    idleMs: null,
    toolMs: null,
    basis: 'prior',
    level: null,
    samples: 0,
    censored: 0,
    quantile: null,
    baseMs: null,
    margin: null,
    loadFactor: 1,
    loadEvidence: null,
    confidence: 0,
    caps: [],
    override: null,
    policyVersion: 'test',
    sentence: 'For a test.',
  } as Decision;
}

/** A settlement for tests: succeeded, without observations. */
export function someSettlement(changes: Partial<Settlement> = {}): Settlement {
  return {
    outcome: 'succeeded',
    cause: null,
    durationMs: 5,
    next: { step: 'final', state: 'succeeded' },
    partial: false,
    rings: [],
    className: 'command/true',
    counters: {},
    result: '{"ok":true}',
    ...changes,
  };
}

/** Starts a bench; `policy` is merged into the defaults as a policy file would be. */
export async function startQueueBench(
  options: { policy?: object; bounds?: Partial<StoreBounds>; redis?: RedisOptions } = {},
): Promise<QueueBench> {
  const redis = await startRedis(options.redis);
  const policy = parsePolicy(options.policy ?? {});
  const { bounds = {} } = options;
  const errors: Error[] = [];
  const onError = (error: Error) => void errors.push(error);
  const queue = new JobQueue({ redisUrl: redis.url, policy, clientName: 'bench', clock: systemClock, onError, bounds });
  await queue.start();
  const stores: WorkerStore[] = [];
  const another = (worker: string, monotonicMs = () => systemClock.monotonicMs()) => {
    const clock: Clock = { ...systemClock, monotonicMs };
    const store = new WorkerStore({ redisUrl: redis.url, policy, worker, clock, onError, bounds });
    stores.push(store);
    return store;
  };
  const store = another('w1');
  const raw = openRedis({ url: redis.url, name: 'bench-raw', patience: 'work' });
  raw.on('error', onError);
  const { take, stopTaking } = taker(store);
  const get = async (id: string) => {
    const job = await queue.get(id as JobId);
    if (job === undefined) throw new Error(`there is no job ${id}`);
    return job;
  };
  return {
    redis,
    policy,
    queue,
    store,
    errors,
    raw,
    get,
    take,
    another,
    async submit(body = {}, who = {}) {
      const submission = parseSubmission(
        { kind: 'command', input: { argv: ['true'] }, ...body },
        { policy, kinds: ['command', 'chat'] },
      );
      const { job } = await (who.to ?? queue).submissions.submit({
        submission,
        principal: { tenant: who.tenant ?? 'local', tier: policy.defaultTier },
        class: 'command/true',
        quote: someDecision(kindPolicy(policy, submission.kind).priorMs),
        queue: queueName(submission, policy),
        ...(who.idempotencyKey === undefined
          ? {}
          : { idempotency: { key: who.idempotencyKey, bodyHash: who.bodyHash ?? 'hash' } }),
      });
      return job;
    },
    async claim(worker = 'w1') {
      const taken = await take();
      const attempt = await claimed(store.attempts, taken.job.id as string, { worker, token: taken.token });
      return { ...taken, attempt };
    },
    async stop() {
      await stopTaking();
      await queue.close();
      raw.disconnect();
      await Promise.all(stores.map((each) => each.close()));
      await redis.stop();
    },
  };
}

const MANY = 100;

function taker(store: WorkerStore): { take: () => Promise<Taken>; stopTaking: () => Promise<void> } {
  const handed: Taken[] = [];
  let consumer: Consumer | undefined;
  const held = new AbortController();
  const untilStopped = new Promise<void>((resolve) => held.signal.addEventListener('abort', () => resolve()));
  return {
    async take() {
      if (consumer === undefined) {
        consumer = store.consumer({
          queue: 'command',
          concurrency: MANY,
          handle: (job, token) => {
            handed.push({ job, token });
            return untilStopped;
          },
        });
        consumer.start();
      }
      await waitUntil(() => handed.length > 0, { what: 'BullMQ to hand out a job' });
      return handed.shift() as Taken;
    },
    async stopTaking() {
      held.abort();
      await consumer?.stopTaking();
      consumer?.close();
    },
  };
}

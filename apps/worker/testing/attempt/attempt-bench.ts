import {
  kindPolicy,
  parsePolicy,
  parseSubmission,
  type Decision,
  type Job,
  type JobId,
  type Policy,
} from '@leeway/contract';
import { classify } from '@leeway/estimator';
import { Forecaster } from '@leeway/forecast';
import {
  type Consumer,
  JobQueue,
  type NewJob,
  type NewStep,
  openRedis,
  type ScheduledJob,
  type RedisConnection,
  type WorkerSelf,
  WorkerStore,
} from '@leeway/queue';
import { createLog, type Log, systemClock } from '@leeway/runtime';
import { startRedis, waitUntil, type PrivateRedis } from '@leeway/testkit';
import { runAttempt } from '../../src/attempt/run-attempt.js';
import { ColdStartTracker } from '../../src/decision/cold-start-tracker.js';
import type { Handler } from '../../src/handlers/handler.js';
import { UserCode } from '../../src/handlers/user/user-code.js';
import { RunningAttempts } from '../../src/worker/running-attempts.js';
import type { WorkerContext } from '../../src/worker/worker-context.js';
import { InProcessHeartbeat } from './in-process-heartbeat.js';

/** The steps of a workflow, each with those that it needs. */
export type Steps = Record<string, readonly string[]>;

/** The kind of the jobs of a bench. */
export const KIND = 'task';

export interface LogLine {
  event: string;
  [field: string]: unknown;
}

/** A worker in this process: real store, supervisor and handlers, and a heartbeat on the main loop. */
export interface BenchWorker {
  /** A test may replace parts of it before it runs an attempt. */
  context: WorkerContext;
  store: WorkerStore;
  heartbeat: InProcessHeartbeat;
  logged: LogLine[];
  /** Takes the next job that BullMQ hands out. */
  take(): Promise<{ job: ScheduledJob; token: string }>;
  /** Takes the next job and runs its attempt to the end. */
  runNext(): Promise<void>;
}

/** A queue on a Redis of its own, with workers in this process. */
export interface AttemptBench {
  redis: PrivateRedis;
  policy: Policy;
  queue: JobQueue;
  /** A plain connection, to look at keys and to break them. */
  raw: RedisConnection;
  submit(body?: object): Promise<JobId>;
  /** A workflow of steps that need others, with so much time in all. */
  submitWorkflow(steps: Steps, totalMs: number): Promise<JobId>;
  get(id: JobId): Promise<Job>;
  /** Waits until the job is in this state. */
  until(id: JobId, state: Job['state']): Promise<Job>;
  worker(name: string, run: Handler['run'], handler?: Partial<Handler>): BenchWorker;
  stop(): Promise<void>;
}

const QUICK = { supervision: { graceMs: 200 } };

/** `policy` is merged over short windows. */
export async function startAttemptBench(policyFile: Record<string, object> = {}): Promise<AttemptBench> {
  const redis = await startRedis();
  const policy = parsePolicy({
    ...QUICK,
    ...policyFile,
    supervision: { ...QUICK.supervision, ...policyFile['supervision'] },
  });
  const queue = new JobQueue({ redisUrl: redis.url, policy, clientName: 'bench', clock: systemClock });
  await queue.start();
  const raw = openRedis({ url: redis.url, name: 'bench-raw', patience: 'work' });
  raw.on('error', () => undefined);
  const closing: (() => Promise<void>)[] = [];
  const get = async (id: JobId) => {
    const job = await queue.get(id);
    if (job === undefined) throw new Error(`there is no job ${id}`);
    return job;
  };
  const submitted = async (body: object, workflow?: NewJob['workflow']) => {
    const submission = parseSubmission(body, { policy, kinds: [KIND, 'workflow'] });
    const { job } = await queue.submissions.submit({
      submission,
      principal: { tenant: 'local', tier: policy.defaultTier },
      class: classify(submission).name,
      quote: someQuote(kindPolicy(policy, submission.kind).priorMs),
      queue: submission.kind,
      ...(workflow === undefined ? {} : { workflow }),
    });
    return job.id as JobId;
  };
  return {
    ...{ redis, policy, queue, raw, get },
    submit: (body = {}) => submitted({ kind: KIND, input: {}, ...body }),
    submitWorkflow: (steps, totalMs) => submitted(workflowOf(steps), { totalMs, steps: plannedSteps(steps) }),
    async until(id, state) {
      await waitUntil(async () => (await get(id)).state === state, { what: `job ${id} to be ${state}` });
      return get(id);
    },
    worker(name, run, handler = {}) {
      const { close, ...worker } = benchWorker(
        name,
        { kind: KIND, inProcess: true, run, ...handler },
        { redis, policy },
      );
      closing.push(close);
      return worker;
    },
    async stop() {
      await Promise.all(closing.map((close) => close()));
      await queue.close();
      raw.disconnect();
      await redis.stop();
    },
  };
}

function benchWorker(name: string, handler: Handler, { redis, policy }: Pick<AttemptBench, 'redis' | 'policy'>) {
  const logged: LogLine[] = [];
  const log = createLog({
    process: 'worker',
    level: 'debug',
    write: (line) => logged.push(JSON.parse(line) as LogLine),
  });
  const store = new WorkerStore({
    ...{ redisUrl: redis.url, policy, worker: name, clock: systemClock },
    onError: (error) => log.debug({ event: 'store_error', error }, error.message),
  });
  const running = new RunningAttempts();
  const heartbeat = new InProcessHeartbeat({
    redisUrl: redis.url,
    supervision: policy.supervision,
    self: selfOf(name),
    log,
    onSignal: (id, signal) =>
      signal.kind === 'lost'
        ? running.stop(id, { cause: 'lost', message: 'This attempt was given to another worker.' })
        : running.setDesired(id, signal.desired),
    onCutOff: () => undefined,
    onDead: () => undefined,
  });
  const context = contextOf(name, { store, policy, log, heartbeat, running, handler });
  const { take, stopTaking } = taker(store);
  return {
    ...{ context, store, heartbeat, logged, take },
    async runNext(this: BenchWorker) {
      const { job, token } = await this.take();
      await runAttempt(job, token, this.context);
    },
    async close() {
      heartbeat.die();
      await stopTaking();
      await store.close();
    },
  };
}

function contextOf(
  id: string,
  parts: { store: WorkerStore; handler: Handler; log: Log } & Pick<WorkerContext, 'policy' | 'heartbeat' | 'running'>,
): WorkerContext {
  const { store, policy, log, heartbeat, running, handler } = parts;
  const { attempts, outbox, history } = store;
  const forecaster = new Forecaster({
    ...{ history, historyMaxAgeMs: 0, policy, clock: systemClock },
    onHistoryUnavailable: (error) => log.warn({ event: 'history_unavailable', error }, 'no history'),
  });
  return {
    ...{ id, policy, clock: systemClock, log, attempts, outbox, forecaster, heartbeat, running },
    handlers: new Map([[handler.kind, handler]]),
    userCode: new UserCode(),
    coldStarts: new ColdStartTracker(policy),
    takeOverAfterMs: () => policy.supervision.lockMs,
  };
}

function selfOf(id: string): WorkerSelf {
  return {
    ...{ id, host: 'bench', pid: process.pid, version: '0', kinds: [KIND], concurrency: 1, running: 0, abandoned: 0 },
    ...{ treeKill: 'group', startedAt: new Date(systemClock.wallMs()).toISOString(), draining: false },
  };
}

/** Takes one job of BullMQ for each call of `take`, and none in between. */
function taker(store: WorkerStore) {
  const handed: { job: ScheduledJob; token: string }[] = [];
  let freeSlot: () => void = () => undefined;
  let consumer: Consumer | undefined;
  const handle = (job: ScheduledJob, token: string) => {
    handed.push({ job, token });
    return new Promise<void>((resolve) => (freeSlot = resolve));
  };
  return {
    async take() {
      freeSlot();
      if (consumer === undefined) {
        consumer = store.consumer({ queue: KIND, concurrency: 1, handle });
        consumer.start();
      }
      await waitUntil(() => handed.length > 0, { what: 'BullMQ to hand out a job' });
      return handed.shift() as { job: ScheduledJob; token: string };
    },
    async stopTaking() {
      freeSlot();
      await consumer?.stopTaking();
      consumer?.close();
    },
  };
}

function workflowOf(steps: Steps) {
  const needs = (of: readonly string[]) => (of.length === 0 ? {} : { needs: of });
  const all = Object.entries(steps).map(([name, of]) => ({ name, kind: KIND, input: {}, ...needs(of) }));
  return { kind: 'workflow', input: { steps: all } };
}

function plannedSteps(steps: Steps): NewStep[] {
  const names = Object.keys(steps);
  return Object.entries(steps).map(([name, needs], i): NewStep => {
    const behind = names.length - i - 1;
    const place = { name, kind: KIND, class: KIND, critical: false, onFailure: 'fail' as const };
    const plan = {
      ...place,
      needs: needs.map((need) => names.indexOf(need) + 1),
      share: 1,
      ofRest: 1 / (behind + 1),
      behind,
    };
    const quote = someQuote(MINUTE_MS);
    return { submission: { kind: KIND, input: {} }, class: KIND, quote, queue: KIND, plan };
  });
}

const MINUTE_MS = 60_000;

/** As much of a quote as is read. */
function someQuote(deadlineMs: number): Decision {
  return { deadlineMs, basis: 'prior', samples: 0, caps: [] } as unknown as Decision;
}

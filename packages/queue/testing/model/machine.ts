import { systemClock } from '@leeway/runtime';
import { STORE_BOUNDS } from '../../src/redis/store-bounds.js';
import { CONNECTION_CHECK_MS, SWEEP_EVERY_MS } from '../../src/recovery/watchdog.js';
import { randomUUID } from 'node:crypto';
import { attemptId, type JobId, type Policy } from '@leeway/contract';
import { Worker } from 'bullmq';
import { BullQueues, type ScheduledJob } from '../../src/bullmq/bull-queues.js';
import { LostConnections } from '../../src/recovery/lost-connections.js';
import { recordDeathCause } from '../../src/workers/death-cause.js';
import { beat, type Signal } from '../../src/workers/beat.js';
import { AttemptStore } from '../../src/attempts/attempt-store.js';
import type { ClaimedAttempt } from '../../src/attempts/claimed-attempt.js';
import { BULL_PREFIX, PREFIX } from '../../src/redis/keys.js';
import { Outbox } from '../../src/bullmq/outbox.js';
import { retentionArgs } from '../../src/redis/retention-args.js';
import type { RunScript } from '../../src/redis/scripts.js';
import { startQueueBench, type QueueBench } from '../queue-bench.js';
import { Watchdog } from '../../src/recovery/watchdog.js';
import { WORKERS, type World, type WorldAttempt } from './world.js';

const QUEUE = 'command';
const LONG_AGO_MS = 60_000;
/** Sweeps until a watchdog trusts its own view. */
const WARM_UP_SWEEPS = 8;

/** An attempt as its worker holds it, whether it still is the open one or not. */
export interface HeldAttempt {
  scheduled: ScheduledJob;
  attempt: ClaimedAttempt;
}

/** A job that BullMQ has handed out. */
export interface Taken {
  scheduled: ScheduledJob;
  token: string;
}

/** Shared by all runs: a Redis, and a BullMQ worker that takes jobs without waiting. */
export interface Workbench {
  bench: QueueBench;
  bullWorker: Worker;
  stop(): Promise<void>;
}

export async function startWorkbench(maxLosses: number): Promise<Workbench> {
  const bench = await startQueueBench({ policy: { limits: { maxLosses } } });
  const bullWorker = new Worker(QUEUE, undefined, {
    connection: bench.raw,
    prefix: BULL_PREFIX,
    autorun: false,
    skipVersionCheck: true,
  });
  bullWorker.on('error', (error) => void bench.errors.push(error));
  return {
    bench,
    bullWorker,
    async stop() {
      await bullWorker.close(true);
      await bench.stop();
    },
  };
}

/** The real thing: records, outbox and watchdog on a real Redis, and real BullMQ; the test is the worker. */
export class Machine {
  /** In the order of the jobs and attempts of the world. */
  readonly ids: JobId[] = [];
  readonly held: HeldAttempt[] = [];
  readonly attempts: AttemptStore;
  readonly outbox: Outbox;
  private readonly bull: BullQueues;
  private readonly watchdog: Watchdog;
  private clockMs = 1_000_000;

  private constructor(
    readonly workbench: Workbench,
    private readonly run: RunScript,
  ) {
    const { raw, policy, errors } = workbench.bench;
    this.bull = new BullQueues(raw, (error) => void errors.push(error));
    this.attempts = new AttemptStore(run, policy, STORE_BOUNDS);
    this.outbox = new Outbox(this.bull, run, () => systemClock.wallMs());
    this.watchdog = new Watchdog({
      worker: 'watching',
      run,
      attempts: this.attempts,
      outbox: this.outbox,
      connections: new LostConnections(raw, CONNECTION_CHECK_MS),
      policy,
      nowMs: () => this.clockMs,
    });
  }

  /** An empty Redis, and a watchdog that has swept it long enough to judge silence. */
  static async start(workbench: Workbench, run: RunScript): Promise<Machine> {
    await workbench.bench.raw.flushall();
    const machine = new Machine(workbench, run);
    for (let i = 0; i < WARM_UP_SWEEPS; i += 1) await machine.sweep();
    return machine;
  }

  get policy(): Policy {
    return this.workbench.bench.policy;
  }

  /** `dies`: the API ends between the record and BullMQ. */
  async submit(body: object, dies: boolean): Promise<void> {
    const { bench } = this.workbench;
    const { id } = await bench.submit({ ...body, webhook: { url: 'https://hooks.example.com/' } });
    this.ids.push(id as JobId);
    // Its reply comes after the acknowledgement, which nobody waits for.
    await bench.queue.ping();
    if (!dies) return;
    await (await this.bull.job(QUEUE, id as JobId))?.remove();
    await bench.raw.zadd(`${PREFIX}:outbox`, Date.now(), id);
  }

  /** The job that BullMQ hands out now, if any. */
  async take(): Promise<Taken | undefined> {
    const token = randomUUID();
    const scheduled = (await this.workbench.bullWorker.getNextJob(token, { block: false })) as ScheduledJob | undefined;
    return scheduled?.id === undefined ? undefined : { scheduled, token };
  }

  /** `dies`: the API ends before BullMQ is reconciled. */
  async control(job: number, name: 'cancel' | 'pause' | 'resume' | 'retry', dies: boolean): Promise<string> {
    const { limits } = this.policy;
    const id = this.ids[job] as JobId;
    const args = { cancel: ['enough'], pause: [limits.maxPauseMs], resume: [], retry: [limits.attempts] };
    const [done] = (await this.run(name, id, ...args[name], ...retentionArgs(this.policy))) as [string];
    if (!dies) await this.outbox.reconcile(id);
    return done;
  }

  private self(worker: string): Parameters<typeof beat>[1] {
    return { worker, info: '{}', supervision: this.policy.supervision };
  }

  /** The worker of one attempt renews its lease. */
  async beat({ job, number, worker }: WorldAttempt): Promise<void> {
    await beat(this.run, this.self(worker), [attemptId(this.ids[job] as JobId, number)]);
  }

  /** The worker of one attempt records why it is about to die. */
  async recordDeathCause({ job, number }: WorldAttempt, isCleared: boolean): Promise<void> {
    const ids = [attemptId(this.ids[job] as JobId, number)];
    await recordDeathCause(this.run, {
      why: 'for a test',
      suspects: isCleared ? [] : ids,
      cleared: isCleared ? ids : [],
    });
  }

  /** Every worker renews the leases of its attempts. Returns the signals by attempt. `isRenewed`: by position in `held`. */
  async beatAll(world: World, isRenewed: (attempt: number) => boolean): Promise<Map<string, Signal>> {
    const signals = new Map<string, Signal>();
    for (const worker of WORKERS) {
      const ids = world.attempts.flatMap(({ worker: its, number, job }, i) =>
        its === worker && isRenewed(i) ? [attemptId(this.ids[job] as JobId, number)] : [],
      );
      const beaten = await beat(this.run, this.self(worker), ids);
      for (const [id, signal] of beaten.signals) signals.set(id, signal);
    }
    return signals;
  }

  /** As if the lease of an attempt had not been renewed for a minute. */
  async silence(job: number, number: number): Promise<void> {
    await this.workbench.bench.raw.zadd(
      `${PREFIX}:leases`,
      'XX',
      await this.longAgo(),
      attemptId(this.ids[job] as JobId, number),
    );
  }

  /** As if the wait of a job were over. */
  async passDue(job: number): Promise<void> {
    await this.workbench.bench.raw.zadd(`${PREFIX}:due`, 'XX', 1, this.ids[job] as JobId);
  }

  /** As if the entries of the outbox were so old that the sweep takes them. */
  async ageOutbox(): Promise<void> {
    const { raw } = this.workbench.bench;
    for (const id of await raw.zrange(`${PREFIX}:outbox`, '0', '-1'))
      await raw.zadd(`${PREFIX}:outbox`, await this.longAgo(), id);
  }

  /** One sweep of a watchdog that has been there all the time. */
  async sweep(): Promise<{ quiet: boolean }> {
    this.clockMs += SWEEP_EVERY_MS;
    // There are no standstills in the model, whatever the real machine does.
    await this.workbench.bench.raw.del(`${PREFIX}:uptime`);
    return this.watchdog.sweep();
  }

  async bullState(job: number): Promise<string> {
    return this.bull.get(QUEUE).getJobState(this.ids[job] as JobId);
  }

  /** BullMQ's stalled check requeues the job while its attempt is running. */
  async stall(attempt: number): Promise<void> {
    const { scheduled, attempt: opened } = this.held[attempt] as HeldAttempt;
    await scheduled.moveToWait(opened.token);
  }

  private async longAgo(): Promise<number> {
    const [seconds] = await this.workbench.bench.raw.time();
    return Number(seconds) * 1_000 - LONG_AGO_MS;
  }
}

/** Identifies an attempt in what it writes. */
export function signatureOf(job: number, number: number): string {
  return `job ${job}, attempt ${number}`;
}

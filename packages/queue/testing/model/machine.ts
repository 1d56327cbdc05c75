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
/** How often a test clock has to move until a watchdog trusts what it sees. */
const WARM_UP_SWEEPS = 8;

/** An attempt as its worker holds it, whether it still is the open one or not. */
export interface Held {
  scheduled: ScheduledJob;
  attempt: ClaimedAttempt;
}

/** A job that BullMQ has handed out. */
export interface Handed {
  scheduled: ScheduledJob;
  token: string;
}

/** The same for every run: a Redis, and a hand that takes jobs out of BullMQ without waiting. */
export interface Workbench {
  bench: QueueBench;
  hand: Worker;
  stop(): Promise<void>;
}

export async function startWorkbench(maxLosses: number): Promise<Workbench> {
  const bench = await startQueueBench({ policy: { limits: { maxLosses } } });
  const hand = new Worker(QUEUE, undefined, {
    connection: bench.raw,
    prefix: BULL_PREFIX,
    autorun: false,
    skipVersionCheck: true,
  });
  hand.on('error', (error) => void bench.errors.push(error));
  return {
    bench,
    hand,
    async stop() {
      await hand.close(true);
      await bench.stop();
    },
  };
}

/** The real thing: record, door, moves and watchdog on a real Redis, with real BullMQ beside them; the test is the worker. */
export class Machine {
  /** In the order of the jobs and attempts of the world. */
  readonly ids: JobId[] = [];
  readonly held: Held[] = [];
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

  /** An empty store, and a watchdog that has watched it long enough to judge. */
  static async start(workbench: Workbench, run: RunScript): Promise<Machine> {
    await workbench.bench.raw.flushall();
    const machine = new Machine(workbench, run);
    for (let i = 0; i < WARM_UP_SWEEPS; i += 1) await machine.watch();
    return machine;
  }

  get policy(): Policy {
    return this.workbench.bench.policy;
  }

  /** Submits a job; `dies`: the API ends between the record and BullMQ. */
  async submit(body: object, dies: boolean): Promise<void> {
    const { bench } = this.workbench;
    const { id } = await bench.submit({ ...body, webhook: { url: 'https://hooks.example.com/' } });
    this.ids.push(id as JobId);
    // Answered after the move was struck off, which nobody waits for.
    await bench.queue.ping();
    if (!dies) return;
    await (await this.bull.job(QUEUE, id as JobId))?.remove();
    await bench.raw.zadd(`${PREFIX}:outbox`, Date.now(), id);
  }

  /** What BullMQ hands out now, if anything. */
  async take(): Promise<Handed | undefined> {
    const token = randomUUID();
    const scheduled = (await this.workbench.hand.getNextJob(token, { block: false })) as ScheduledJob | undefined;
    return scheduled?.id === undefined ? undefined : { scheduled, token };
  }

  /** One control script; `dies`: the API ends before it tells BullMQ. */
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

  /** The worker of one attempt vouches for it. */
  async beat({ job, number, worker }: WorldAttempt): Promise<void> {
    await beat(this.run, this.self(worker), [attemptId(this.ids[job] as JobId, number)]);
  }

  /** The worker of one attempt says that it is about to die, and whether the attempt is to blame. */
  async explain({ job, number }: WorldAttempt, isExcused: boolean): Promise<void> {
    const ids = [attemptId(this.ids[job] as JobId, number)];
    await recordDeathCause(this.run, {
      why: 'for a test',
      suspects: isExcused ? [] : ids,
      cleared: isExcused ? ids : [],
    });
  }

  /** Every worker vouches for what it believes to run; the signals by attempt. `isVouched`: by number in `held`. */
  async beatAll(world: World, isVouched: (attempt: number) => boolean): Promise<Map<string, Signal>> {
    const signals = new Map<string, Signal>();
    for (const worker of WORKERS) {
      const ids = world.attempts.flatMap(({ worker: its, number, job }, i) =>
        its === worker && isVouched(i) ? [attemptId(this.ids[job] as JobId, number)] : [],
      );
      const beaten = await beat(this.run, this.self(worker), ids);
      for (const [id, signal] of beaten.signals) signals.set(id, signal);
    }
    return signals;
  }

  /** As if nobody had vouched for the attempt for a minute. */
  async silence(job: number, number: number): Promise<void> {
    await this.workbench.bench.raw.zadd(
      `${PREFIX}:leases`,
      'XX',
      await this.longAgo(),
      attemptId(this.ids[job] as JobId, number),
    );
  }

  /** As if the wait of the job had run out. */
  async outwait(job: number): Promise<void> {
    await this.workbench.bench.raw.zadd(`${PREFIX}:due`, 'XX', 1, this.ids[job] as JobId);
  }

  /** As if so much time had passed that moves nobody has made are the sweep's. */
  async ageMoves(): Promise<void> {
    const { raw } = this.workbench.bench;
    for (const id of await raw.zrange(`${PREFIX}:outbox`, '0', '-1'))
      await raw.zadd(`${PREFIX}:outbox`, await this.longAgo(), id);
  }

  /** One sweep of a watchdog that has been there all the time. */
  async watch(): Promise<{ quiet: boolean }> {
    this.clockMs += SWEEP_EVERY_MS;
    // Nothing stands still in the model, whatever the machine does that it runs on.
    await this.workbench.bench.raw.del(`${PREFIX}:uptime`);
    return this.watchdog.sweep();
  }

  async bullState(job: number): Promise<string> {
    return this.bull.get(QUEUE).getJobState(this.ids[job] as JobId);
  }

  /** BullMQ's own stalled check puts the job back while its attempt goes on. */
  async stall(attempt: number): Promise<void> {
    const { scheduled, attempt: opened } = this.held[attempt] as Held;
    await scheduled.moveToWait(opened.token);
  }

  private async longAgo(): Promise<number> {
    const [seconds] = await this.workbench.bench.raw.time();
    return Number(seconds) * 1_000 - LONG_AGO_MS;
  }
}

/** The name of a job in what the tests write: its place in the world. */
export function signatureOf(job: number, number: number): string {
  return `job ${job}, attempt ${number}`;
}

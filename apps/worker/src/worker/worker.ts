import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { Forecaster } from '@leeway/forecast';
import {
  type Consumer,
  type Providers,
  type Signal,
  SWEEP_EVERY_MS,
  WorkerStore,
  type WorkerSelf,
} from '@leeway/queue';
import { Periodic, systemClock, withTimeout, type Config, type Log, type Part } from '@leeway/runtime';
import { runAttempt } from '../attempt/run-attempt.js';
import { ColdStartTracker } from '../decision/cold-start-tracker.js';
import { OrphanWatch } from '../handlers/command/orphans.js';
import { treeKill } from '../handlers/command/process-tree/marker.js';
import type { Handler } from '../handlers/handler.js';
import { UserCode } from '../handlers/user/user-code.js';
import { Heartbeat, type HeartbeatOptions, type WorkerHeartbeat } from '../heartbeat/heartbeat.js';
import { LAST_WORDS_MS } from '../heartbeat/messages.js';
import { Deliveries } from '../webhooks/deliveries.js';
import { attributeCrash } from './attribute-crash.js';
import { FetchWatch } from './fetch-watch.js';
import { RunningAttempts } from './running-attempts.js';
import { StoreErrorLog } from './store-error-log.js';
import { SETTLE_MARGIN_MS, type WorkerContext } from './worker-context.js';
import { type WorkerQueue, workerQueues } from './worker-queues.js';

/** With up to 10,000 records a run, what ends is deleted as fast as it comes. */
const PRUNE_EVERY_MS = 1_000;
/** A worker whose request for a job stays open this long, although Redis answers others, drains and exits: BullMQ asks anew every few seconds. */
const FETCH_WEDGED_MS = 60_000;
const DESCRIBE_EVERY_MS = 500;
const REGISTER_EVERY_MS = 5_000;
const IDLE_CHECK_MS = 20;
const HOST_CHARS = 40;
/** The longest time for one step of `stop` that needs Redis, which may be away, in ms. */
const STORE_STOP_MS = 1_500;

export interface WorkerOptions {
  config: Config;
  log: Log;
  version: string;
  handlers: ReadonlyMap<string, Handler>;
  /** Where the secret for webhooks is. */
  env: NodeJS.ProcessEnv;
  /** Where the heartbeat thread finds the leash. */
  leashSocket: string;
  /** Resolves when commands can run. */
  leashReady: () => Promise<void>;
  /** The process cannot continue safely and has to end at once. */
  onFatal: (error: Error) => void;
  /** The process should drain and be replaced. */
  onWornOut: (why: string) => void;
  /** Default: a heartbeat with a thread of its own. */
  createHeartbeat?: (options: HeartbeatOptions) => WorkerHeartbeat;
}

/** One worker: takes jobs of its kinds, runs them, keeps their leases, and recovers the jobs of lost workers. */
export class LeewayWorker implements Part {
  readonly name = 'worker';
  readonly id = `${hostname().slice(0, HOST_CHARS)}-${process.pid}-${randomBytes(3).toString('hex')}`;
  private readonly queues: readonly WorkerQueue[];
  private readonly store: WorkerStore;
  private readonly running = new RunningAttempts();
  private readonly userCode = new UserCode();
  private readonly heartbeat: WorkerHeartbeat;
  private readonly consumers: Consumer[];
  private readonly fetchWatch: FetchWatch;
  private readonly orphans: OrphanWatch;
  private readonly deliveries: Deliveries;
  private readonly periodic: Periodic;
  private readonly startedAt = new Date(systemClock.wallMs()).toISOString();
  private draining = false;

  constructor(private readonly options: WorkerOptions) {
    const { config, log, handlers } = options;
    const { policy } = config;
    this.queues = workerQueues([...handlers.keys()], policy);
    this.store = this.createStore();
    this.heartbeat = this.createHeartbeat();
    const context = this.context();
    this.consumers = this.queues.map((queue) =>
      this.store.consumer({ ...queue, handle: (job, token) => runAttempt(job, token, context) }),
    );
    this.fetchWatch = new FetchWatch(this.consumers, FETCH_WEDGED_MS, () => systemClock.monotonicMs());
    this.orphans = new OrphanWatch((attempts) => this.store.endedAmong(attempts));
    const { webhooks } = this.store;
    this.deliveries = new Deliveries({ webhooks, policy, env: options.env, log, wallMs: () => systemClock.wallMs() });
    this.periodic = new Periodic(this.tasks(), { log });
  }

  /** The state of the providers of chat. */
  get providers(): Providers {
    return this.store.providers;
  }

  async start(): Promise<void> {
    await this.heartbeat.ready();
    // From now on the leash gets pings of the heartbeat thread: a command that started earlier would count as a loss.
    await this.options.leashReady();
    await this.register();
    this.periodic.start();
    for (const consumer of this.consumers) consumer.start();
    const { kinds } = this.self();
    this.options.log.info(
      { event: 'worker_ready', worker: this.id, kinds },
      `worker ${this.id} takes ${kinds.join(', ')}`,
    );
  }

  /** Takes no more jobs, gives running attempts `drainMs` to finish, releases the others, and closes everything. */
  async stop(): Promise<void> {
    const { drainMs, graceMs } = this.options.config.policy.supervision;
    this.draining = true;
    this.describe();
    // A delivery that is cut off by the end of the process is repeated by another worker.
    const delivered = atMost(this.deliveries.stop(), drainMs);
    await atMost(Promise.all(this.consumers.map((consumer) => consumer.stopTaking())), STORE_STOP_MS);
    this.running.stopPaused(RELEASED);
    if (!(await this.idleWithin(drainMs))) {
      const fields = { event: 'releasing', running: this.running.size };
      this.options.log.warn(fields, 'the time to drain is over: the jobs that still run are requeued');
      this.running.stopAll(RELEASED);
      await this.idleWithin(graceMs + SETTLE_MARGIN_MS);
    }
    await atMost(this.periodic.stop(), STORE_STOP_MS);
    for (const consumer of this.consumers) consumer.close();
    await Promise.allSettled([...this.options.handlers.values()].map(async (handler) => handler.close?.()));
    await delivered;
    await this.heartbeat.stop();
    await atMost(this.store.close(), STORE_STOP_MS);
  }

  /**
   * Records the cause of an uncaught error, before the process ends: where the attempt is known whose code threw it, the loss
   * counts for that one only. To be called synchronously where the error arrives.
   */
  async crashWith(error: unknown): Promise<void> {
    const { ids: open, inProcess, abandoned } = this.running;
    const { suspects, cleared } = attributeCrash({ open, inProcess, abandoned, culprit: this.userCode.current });
    const text = error instanceof Error ? error.message : String(error);
    this.options.log.error({ event: 'uncaught', error, suspects }, `uncaught error, this process ends: ${text}`);
    const why = `code that it ran threw an error that nothing caught: ${text}`;
    await atMost(this.store.recordDeathCause({ why, suspects, cleared }), LAST_WORDS_MS);
  }

  private createStore(): WorkerStore {
    const { config, log } = this.options;
    const errors = new StoreErrorLog(log, systemClock);
    const { policy, redisUrl } = config;
    return new WorkerStore({
      ...{ redisUrl, policy, worker: this.id, clock: systemClock },
      onError: (error) => errors.add(error),
    });
  }

  private createHeartbeat(): WorkerHeartbeat {
    const { config, log, onFatal, leashSocket } = this.options;
    const { createHeartbeat = (options: HeartbeatOptions) => new Heartbeat(options) } = this.options;
    const heartbeat = createHeartbeat({
      redisUrl: config.redisUrl,
      supervision: config.policy.supervision,
      self: this.self(),
      log,
      onSignal: (id, signal) => this.control(id, signal),
      onCutOff: (riskyMs) => this.running.stopOverlapForbidding(systemClock.monotonicMs() - riskyMs, CUT_OFF),
      onDead: onFatal,
    });
    heartbeat.pingLeash(leashSocket);
    return heartbeat;
  }

  private control(id: Parameters<RunningAttempts['stop']>[0], signal: Signal): void {
    if (signal.kind === 'lost') this.running.stop(id, LOST);
    else this.running.setDesired(id, signal.desired);
  }

  private context(): WorkerContext {
    const { config, log, handlers } = this.options;
    const { policy } = config;
    const { attempts, outbox, history, watchdog } = this.store;
    const { heartbeat, running, userCode } = this;
    const forecaster = new Forecaster({
      ...{ history, policy, clock: systemClock },
      onHistoryUnavailable: (error, { jobClass }) => {
        const fields = { event: 'history_unavailable', class: jobClass.name, error };
        log.warn(fields, 'history could not be read: static limits hold');
      },
    });
    return {
      ...{ id: this.id, policy, clock: systemClock, log, attempts, outbox, forecaster, handlers },
      ...{ heartbeat, running, userCode, coldStarts: new ColdStartTracker(policy) },
      takeOverAfterMs: () => watchdog.takeOverAfterMs,
    };
  }

  /** Everything periodic, in one list. */
  private tasks(): ConstructorParameters<typeof Periodic>[0] {
    const { watchdog } = this.store;
    return [
      { name: 'sweep', everyMs: SWEEP_EVERY_MS, run: () => this.sweep() },
      { name: 'sweep connections', everyMs: () => watchdog.nextLookMs, run: () => watchdog.sweepConnections() },
      { name: 'prune', everyMs: PRUNE_EVERY_MS, run: async () => (await this.store.prune()).records },
      { name: 'end orphans', everyMs: () => this.orphans.nextScanMs, run: () => this.orphans.scan() },
      // Repeated, because a Redis that came back empty has no kinds, and would refuse their submissions.
      { name: 'register', everyMs: REGISTER_EVERY_MS, run: () => this.register() },
      { name: 'describe', everyMs: DESCRIBE_EVERY_MS, run: () => Promise.resolve(this.describe()) },
    ];
  }

  private async register(): Promise<void> {
    const handlers = [...this.options.handlers.values()];
    await this.store.register({
      kinds: handlers.map(({ kind }) => kind),
      pausable: handlers.filter(({ pause }) => pause !== undefined).map(({ kind }) => kind),
      queues: this.queues.map(({ queue }) => queue),
    });
  }

  private async sweep(): Promise<number> {
    const counts = await this.fetchWatch.during(this.store.watchdog.sweep());
    this.deliveries.deliverDue(counts.webhooksDue);
    const wedged = this.fetchWatch.problem();
    if (wedged !== undefined && !this.draining) this.options.onWornOut(wedged);
    const { lost, expired, repaired } = counts;
    const text = `swept: ${lost} lost attempts requeued, ${expired} waits ended, ${repaired} jobs reconciled with BullMQ`;
    if (lost + expired + repaired > 0) this.options.log.info({ event: 'swept', ...counts }, text);
    return lost + expired + repaired;
  }

  private describe(): void {
    const { abandoned } = this.running;
    this.heartbeat.describe({ running: this.running.size, abandoned, draining: this.draining });
    const { maxAbandoned } = this.options.config.policy.supervision;
    if (abandoned >= maxAbandoned && !this.draining)
      this.options.onWornOut(`${abandoned} handlers ignored their abort and still hold resources`);
  }

  private self(): WorkerSelf {
    return {
      id: this.id,
      host: hostname(),
      pid: process.pid,
      version: this.options.version,
      kinds: [...this.options.handlers.keys()],
      concurrency: this.queues.reduce((sum, { concurrency }) => sum + concurrency, 0),
      running: this.running.size,
      abandoned: this.running.abandoned,
      treeKill: treeKill(),
      startedAt: this.startedAt,
      draining: this.draining,
    };
  }

  private async idleWithin(mostMs: number): Promise<boolean> {
    const endMs = systemClock.monotonicMs() + mostMs;
    const isBusy = () => this.consumers.some((consumer) => consumer.busy > 0);
    while (isBusy() && systemClock.monotonicMs() < endMs)
      await new Promise((resolve) => setTimeout(resolve, IDLE_CHECK_MS));
    return !isBusy();
  }
}

const RELEASED = { cause: 'released', message: 'The worker shuts down; another one takes the job.' } as const;
const LOST = { cause: 'lost', message: 'This attempt was given to another worker.' } as const;
const CUT_OFF = {
  cause: 'lost',
  message: 'Redis cannot be reached, and the job must not overlap with its next attempt.',
} as const;

/** Waits for a promise, but not for ever. */
async function atMost(promise: Promise<unknown>, mostMs: number): Promise<void> {
  await withTimeout(promise, mostMs, undefined).catch(() => undefined);
}

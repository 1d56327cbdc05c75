import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { Forecaster } from '@leeway/forecast';
import { chatQueue, type Consumer, type Providers, WorkerStore, type WorkerSelf } from '@leeway/queue';
import { Periodic, systemClock, withTimeout, type Config, type Log, type Part } from '@leeway/runtime';
import { runAttempt } from '../attempt/run-attempt.js';
import { attributeCrash } from './attribute-crash.js';
import { OrphanWatch } from '../handlers/command/orphans.js';
import { treeKill } from '../handlers/command/process-tree/marker.js';
import type { Handler } from '../handlers/handler.js';
import { FetchWatch } from './fetch-watch.js';
import { Heartbeat } from '../heartbeat/heartbeat.js';
import { LAST_WORDS_MS } from '../heartbeat/messages.js';
import { Running } from './running-attempts.js';
import { UserCode } from '../handlers/user/user-code.js';
import { ColdStartTracker } from '../decision/cold-start-tracker.js';
import { Deliveries } from '../webhooks/deliveries.js';
import { SETTLE_MARGIN_MS, type WorkerContext } from './worker-context.js';

const PRUNE_EVERY_MS = 60_000;
const DESCRIBE_EVERY_MS = 500;
const REGISTER_EVERY_MS = 5_000;
const LOOK_MS = 20;

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
  /** The process cannot go on safely and has to end at once. */
  onFatal: (error: Error) => void;
  /** The process should drain and be replaced. */
  onWornOut: (why: string) => void;
}

/** One worker: takes jobs of its kinds, runs them, vouches for them, and looks after what other workers left. */
export class LeewayWorker implements Part {
  readonly name = 'worker';
  readonly id = `${hostname().slice(0, 40)}-${process.pid}-${randomBytes(3).toString('hex')}`;
  private readonly store: WorkerStore;
  private readonly running = new Running();
  private readonly userCode = new UserCode();
  private readonly heartbeat: Heartbeat;
  private readonly consumers: Consumer[];
  private readonly fetchWatch: FetchWatch;
  private readonly orphans: OrphanWatch;
  private readonly deliveries: Deliveries;
  private readonly periodic: Periodic;
  private readonly startedAt = new Date().toISOString();
  private draining = false;
  private readonly toldAtMs = new Map<string, number>();

  constructor(private readonly options: WorkerOptions) {
    const { config, log } = options;
    const { policy, redisUrl } = config;
    this.store = new WorkerStore({
      redisUrl,
      policy,
      worker: this.id,
      clock: systemClock,
      onError: (error) => this.storeError(error),
    });
    this.heartbeat = new Heartbeat({
      redisUrl,
      supervision: policy.supervision,
      self: this.self(),
      log,
      onSignal: (id, signal) =>
        signal.kind === 'lost'
          ? this.running.stop(id, { cause: 'lost', message: 'This attempt was given to another worker.' })
          : this.running.setDesired(id, signal.desired),
      onCutOff: (riskyMs) =>
        this.running.stopOverlapForbidding(systemClock.monotonicMs() - riskyMs, {
          cause: 'lost',
          message: 'Redis cannot be reached, and the job must not overlap with its next attempt.',
        }),
      onDead: options.onFatal,
    });
    this.heartbeat.pingLeash(options.leashSocket);
    const shop = this.workshop();
    this.consumers = this.queues().map((queue) =>
      this.store.consumer({ ...queue, handle: (job, token) => runAttempt(job, token, shop) }),
    );
    this.fetchWatch = new FetchWatch(this.consumers, policy.supervision.fetchWedgedMs, () => systemClock.monotonicMs());
    this.orphans = new OrphanWatch((attempts) => this.store.endedAmong(attempts));
    const { webhooks } = this.store;
    this.deliveries = new Deliveries({ webhooks, policy, env: options.env, log, wallMs: () => systemClock.wallMs() });
    this.periodic = new Periodic(this.tasks(), { log });
  }

  /** How the providers of chat stand. */
  get providers(): Providers {
    return this.store.providers;
  }

  async start(): Promise<void> {
    await this.heartbeat.ready();
    // The leash hears the heartbeat thread now: a command that came earlier would count as a loss.
    await this.options.leashReady();
    await this.register();
    this.periodic.start();
    for (const consumer of this.consumers) consumer.start();
    this.options.log.info(
      { event: 'worker_ready', worker: this.id, kinds: this.self().kinds },
      `worker ${this.id} takes ${this.self().kinds.join(', ')}`,
    );
  }

  /** Takes nothing new, lets what runs finish for `drainMs`, hands on what is left, and lets go of everything. */
  async stop(): Promise<void> {
    const { drainMs } = this.options.config.policy.supervision;
    this.draining = true;
    this.describe();
    // What is cut off then is told again by another worker.
    const told = atMost(this.deliveries.stop(), drainMs);
    await atMost(Promise.all(this.consumers.map((consumer) => consumer.stopTaking())), STORE_MOST_MS);
    this.running.stopPaused(RELEASED);
    if (!(await this.idleWithin(drainMs))) {
      this.options.log.warn(
        { event: 'handing_back', running: this.running.size },
        'the time to drain is over: handing on what runs',
      );
      this.running.stopAll(RELEASED);
      await this.idleWithin(this.options.config.policy.supervision.graceMs + SETTLE_MARGIN_MS);
    }
    await atMost(this.periodic.stop(), STORE_MOST_MS);
    for (const consumer of this.consumers) consumer.close();
    await Promise.allSettled([...this.options.handlers.values()].map(async (handler) => handler.close?.()));
    await told;
    await this.heartbeat.stop();
    await atMost(this.store.close(), STORE_MOST_MS);
  }

  /**
   * Nobody has caught an error, so the process cannot go on: says whose code it was, as far as that is known, so that the
   * other attempts are not charged with it. To be called where the error arrives.
   */
  async crashWith(error: unknown): Promise<void> {
    const { ids: open, inProcess, abandoned } = this.running;
    const { suspects, cleared } = attributeCrash({ open, inProcess, abandoned, culprit: this.userCode.current });
    const what = error instanceof Error ? error.message : String(error);
    this.options.log.error(
      { event: 'uncaught', error, suspects },
      `nobody has caught an error, this process ends: ${what}`,
    );
    const why = `code that it ran threw where nobody catches: ${what}`;
    await atMost(this.store.explainDeath({ why, suspects, cleared }), LAST_WORDS_MS);
  }

  private workshop(): WorkerContext {
    const { config, log, handlers } = this.options;
    const { attempts, outbox, history, watchdog } = this.store;
    const forecaster = new Forecaster({
      ...{ history, policy: config.policy, clock: systemClock },
      onHistoryUnavailable: (error, { jobClass }) =>
        log.warn(
          { event: 'history_unavailable', class: jobClass.name, error },
          'history could not be read: static limits hold',
        ),
    });
    return {
      worker: this.id,
      policy: config.policy,
      clock: systemClock,
      log,
      attempts,
      takeOverAfterMs: () => watchdog.takeOverAfterMs,
      outbox,
      forecaster,
      heartbeat: this.heartbeat,
      handlers,
      running: this.running,
      userCode: this.userCode,
      coldStarts: new ColdStartTracker(config.policy),
    };
  }

  /** Everything periodic, in one list. */
  private tasks(): ConstructorParameters<typeof Periodic>[0] {
    const { sweepEveryMs } = this.options.config.policy.supervision;
    const { watchdog } = this.store;
    return [
      { name: 'sweep', everyMs: sweepEveryMs, run: () => this.sweep() },
      { name: 'sweep connections', everyMs: () => watchdog.nextLookMs, run: () => watchdog.sweepConnections() },
      { name: 'prune', everyMs: PRUNE_EVERY_MS, run: async () => (await this.store.prune()).records },
      { name: 'end orphans', everyMs: () => this.orphans.nextScanMs, run: () => this.orphans.scan() },
      // Again and again: a Redis that came back empty knows of no kind, and submissions of it would be refused.
      { name: 'register', everyMs: REGISTER_EVERY_MS, run: () => this.register() },
      { name: 'describe', everyMs: DESCRIBE_EVERY_MS, run: () => Promise.resolve(this.describe()) },
    ];
  }

  private async register(): Promise<void> {
    const handlers = [...this.options.handlers.values()];
    await this.store.register({
      kinds: handlers.map(({ kind }) => kind),
      pausable: handlers.filter(({ pause }) => pause !== undefined).map(({ kind }) => kind),
      queues: this.queues().map(({ queue }) => queue),
    });
  }

  private async sweep(): Promise<number> {
    const counts = await this.fetchWatch.during(this.store.watchdog.sweep());
    this.deliveries.deliverDue(counts.webhooksDue);
    const wedged = this.fetchWatch.look();
    if (wedged !== undefined && !this.draining) this.options.onWornOut(wedged);
    const done = counts.lost + counts.expired + counts.repaired;
    if (done > 0)
      this.options.log.info(
        { event: 'swept', ...counts },
        `swept: ${counts.lost} lost attempts handed on, ${counts.expired} waits ended, ${counts.repaired} moves repaired`,
      );
    return done;
  }

  private describe(): void {
    const { abandoned } = this.running;
    this.heartbeat.describe({ running: this.running.size, abandoned, draining: this.draining });
    const { maxAbandoned } = this.options.config.policy.supervision;
    if (abandoned >= maxAbandoned && !this.draining)
      this.options.onWornOut(`${abandoned} handlers ignored their abort and still hold resources`);
  }

  private queues(): { queue: string; concurrency: number; provider?: string }[] {
    const { policy } = this.options.config;
    return [...this.options.handlers.keys()].flatMap((kind) =>
      kind === 'chat'
        ? Object.entries(policy.providers).map(([name, provider]) => ({
            queue: chatQueue(name),
            concurrency: provider.concurrency,
            provider: name,
          }))
        : [{ queue: kind, concurrency: policy.worker.concurrency }],
    );
  }

  private self(): WorkerSelf {
    const queues = this.queues();
    return {
      id: this.id,
      host: hostname(),
      pid: process.pid,
      version: this.options.version,
      kinds: [...this.options.handlers.keys()],
      concurrency: queues.reduce((sum, { concurrency }) => sum + concurrency, 0),
      running: this.running.size,
      abandoned: this.running.abandoned,
      treeKill: treeKill(),
      startedAt: this.startedAt,
      draining: this.draining,
    };
  }

  /** An outage is told once for each message, and again only after a while. */
  private storeError(error: Error): void {
    const nowMs = systemClock.monotonicMs();
    if (nowMs - (this.toldAtMs.get(error.message) ?? -Infinity) < TELL_AGAIN_MS) return;
    if (this.toldAtMs.size > REMEMBERED) this.toldAtMs.clear();
    this.toldAtMs.set(error.message, nowMs);
    this.options.log.warn({ event: 'store_error' }, `Redis: ${error.message}`);
  }

  private async idleWithin(mostMs: number): Promise<boolean> {
    const endMs = systemClock.monotonicMs() + mostMs;
    const busy = () => this.consumers.some((consumer) => consumer.busy > 0);
    while (busy() && systemClock.monotonicMs() < endMs) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    return !busy();
  }
}

/** The same trouble with Redis is logged again after this long, in ms. */
const TELL_AGAIN_MS = 30_000;
/** Messages that are remembered for that. */
const REMEMBERED = 20;

const RELEASED = { cause: 'released', message: 'The worker shuts down; another one takes the job.' } as const;

/** A Redis that is away must not keep a worker from stopping; in ms for each step. */
const STORE_MOST_MS = 1_500;

/** Waits for a promise, but not for ever. */
async function atMost(promise: Promise<unknown>, mostMs: number): Promise<void> {
  await withTimeout(promise, mostMs, undefined).catch(() => undefined);
}

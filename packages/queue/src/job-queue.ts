import { WORKFLOW_KIND, type Job, type JobEvent, type JobId, type JobList, type JobState } from '@leeway/contract';
import { STORE_BOUNDS, type StoreBounds } from './redis/store-bounds.js';
import type { Policy, ProviderState, WorkerInfo } from '@leeway/contract';
import type { Clock } from '@leeway/runtime';
import { withTimeout } from '@leeway/runtime/timeout';
import { BullQueues, type BullQueue } from './bullmq/bull-queues.js';
import { Outbox } from './bullmq/outbox.js';
import { EventBus } from './events/event-bus.js';
import { EventPages } from './events/event-pages.js';
import { JobFollower, type WaitOptions } from './events/job-follower.js';
import { readEvents, type StoredOutput } from './events/stored-events.js';
import { readClasses, type ClassRecord } from './history/class-records.js';
import { History } from './history/history.js';
import { HistoryArchive } from './history/history-archive.js';
import { newerHistory } from './history/history-format.js';
import { Controls } from './jobs/controls.js';
import { listJobs, type ListFilter } from './jobs/listing.js';
import { countJobs, readJob, readJobOutput } from './jobs/read-job.js';
import { Submissions } from './jobs/submissions.js';
import { readTally, type Tally } from './jobs/tally.js';
import { readProviders } from './providers/provider-states.js';
import { ProviderWaits } from './providers/provider-waits.js';
import { Providers } from './providers/providers.js';
import { watchConnection } from './redis/connection-watch.js';
import { isReady, openRedis, type RedisConnection } from './redis/connection.js';
import { watchDurability } from './redis/durability.js';
import { guarded } from './redis/guarded.js';
import { PREFIX } from './redis/keys.js';
import { defineScripts, type RunScript } from './redis/scripts.js';
import { readWorkers } from './workers/presence.js';

const BUILT_IN_KINDS = ['command', 'chat', WORKFLOW_KIND];

export interface JobQueueOptions {
  redisUrl: string;
  policy: Policy;
  /** Shown by CLIENT LIST, e.g. "leeway-api". */
  clientName: string;
  clock: Clock;
  onError?: (error: Error) => void;
  /** Called once for each setting of Redis that may lose accepted jobs. */
  onWarning?: (text: string) => void;
  /** For tests; default: STORE_BOUNDS. */
  bounds?: Partial<StoreBounds>;
}

/**
 * The queue as the API and the dashboard use it. Every method ends within two seconds, but for the waits it is
 * asked for, and throws LeewayError `store_unavailable` when Redis is away.
 */
export class JobQueue {
  readonly submissions: Submissions;
  readonly controls: Controls;
  readonly history: History;
  readonly archive: HistoryArchive;
  private readonly redis: RedisConnection;
  private readonly subscriber: RedisConnection;
  private readonly run: RunScript;
  private readonly bull: BullQueues;
  private readonly circuits: Providers;
  private readonly follower: JobFollower;
  private readonly waitMs: number;
  private readonly stopWatching: (() => void)[];

  constructor(private readonly options: JobQueueOptions) {
    const { redisUrl: url, clientName, policy, clock, onError = () => undefined } = options;
    const bounds = { ...STORE_BOUNDS, ...options.bounds };
    const { callWaitMs } = bounds;
    this.waitMs = callWaitMs;
    this.redis = openRedis({ url, name: clientName, patience: 'request', commandTimeoutMs: this.waitMs });
    this.subscriber = openRedis({ url, name: `${clientName}-events`, patience: 'work' });
    for (const connection of [this.redis, this.subscriber]) connection.on('error', onError);
    this.stopWatching = [this.redis, this.subscriber].map(watchConnection);
    const { redis } = this;
    const run = defineScripts(redis);
    this.run = run;
    const wallMs = () => clock.wallMs();
    const bull = new BullQueues(redis, onError);
    const outbox = new Outbox(bull, run, wallMs);
    this.bull = bull;
    this.circuits = new Providers(run, policy);
    this.controls = new Controls({ redis, run, outbox, policy, callWaitMs, onError });
    this.submissions = new Submissions({ redis, run, outbox, bull, policy, callWaitMs, wallMs, onError });
    this.history = new History(redis);
    this.archive = new HistoryArchive({ redis, run, policy, bounds });
    this.follower = new JobFollower({
      bus: new EventBus(this.subscriber),
      pages: new EventPages((id, after) => this.read(() => readEvents(run, id, after))),
      get: (id) => this.get(id),
      pollMs: this.waitMs,
      nowMs: () => clock.monotonicMs(),
    });
  }

  /**
   * Waits for the first connection, at most two seconds; Redis may also come later. Throws an Error when the history
   * there was written by a newer version.
   */
  async start(): Promise<void> {
    await this.connected();
    const problem = isReady(this.redis)
      ? await withTimeout(newerHistory(this.redis), this.waitMs).catch(() => undefined)
      : undefined;
    if (problem !== undefined) throw new Error(problem);
    if (this.options.onWarning !== undefined) watchDurability(this.redis, this.waitMs, this.options.onWarning);
  }

  private async connected(): Promise<void> {
    if (isReady(this.redis)) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.waitMs);
      this.redis.once('ready', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Resolves when a submission would be accepted now: Redis answers, and takes writes. */
  async ready(): Promise<void> {
    await this.read(() => this.redis.set(`${PREFIX}:ready`, '1'));
  }

  async ping(): Promise<void> {
    await this.read(() => this.redis.ping());
  }

  async get(id: JobId): Promise<Job | undefined> {
    return this.read(() => readJob(this.redis, id, this.waits()));
  }

  async list(filter: ListFilter): Promise<JobList> {
    return this.read(() => listJobs(this.redis, filter, this.waits()));
  }

  async counts(): Promise<Record<JobState, number>> {
    return this.read(() => countJobs(this.redis));
  }

  async output(id: JobId, options: { attempt?: number; tailBytes?: number }): Promise<StoredOutput> {
    return this.read(() => readJobOutput({ redis: this.redis, run: this.run }, id, options));
  }

  /** The job when `until` holds of it, or as it is after `waitMs`; it is read at every event. Undefined: no such job. */
  async waitFor(id: JobId, options: WaitOptions): Promise<Job | undefined> {
    return this.follower.waitFor(id, options);
  }

  /** Stored events after `afterId`, then new ones, until the job is final or the signal aborts. */
  events(id: JobId, options: { afterId?: string; signal: AbortSignal }): AsyncIterable<JobEvent> {
    return this.follower.events(id, options);
  }

  async workers(): Promise<WorkerInfo[]> {
    return this.read(() => readWorkers(this.redis, this.options.policy));
  }

  /** The built-in kinds, and those that a worker has registered. */
  async kinds(): Promise<string[]> {
    const registered = await this.read(() => this.redis.zrange(`${PREFIX}:kinds`, '0', '-1'));
    return [...new Set([...BUILT_IN_KINDS, ...registered])];
  }

  /** Null: of every tenant. */
  async classes(tenant: string | null): Promise<ClassRecord[]> {
    return this.read(() => readClasses(this.redis, tenant));
  }

  /** The providers of the policy, in its order. */
  async providers(): Promise<ProviderState[]> {
    const { redis, bull, circuits: providers } = this;
    return this.read(() => readProviders({ redis, bull, providers, policy: this.options.policy }));
  }

  /** Resumes the jobs of a provider at once, whatever stopped them. Throws `outcome_unknown` when Redis goes away meanwhile. */
  async resumeProvider(name: string): Promise<'resumed' | 'already'> {
    return guarded(this.redis, this.waitMs, () => this.circuits.resume(name), 'the provider was being resumed');
  }

  async tally(): Promise<Tally> {
    return this.read(() => readTally(this.redis));
  }

  /** BullMQ's queues of all registered kinds, for Bull Board. */
  async bullQueues(): Promise<BullQueue[]> {
    const names = await this.read(() => this.redis.zrange(`${PREFIX}:queues`, '0', '-1'));
    return names.map((name) => this.bull.get(name) as BullQueue);
  }

  async close(): Promise<void> {
    for (const stop of this.stopWatching) stop();
    await this.bull.close();
    this.redis.disconnect();
    this.subscriber.disconnect();
  }

  private waits(): ProviderWaits {
    return new ProviderWaits(this.circuits, this.options.clock.wallMs());
  }

  private read<T>(call: () => Promise<T>): Promise<T> {
    return guarded(this.redis, this.waitMs, call);
  }
}

import { splitAttemptId, type AttemptId, type Policy } from '@leeway/contract';
import { STORE_BOUNDS, type StoreBounds } from './redis/store-bounds.js';
import type { Clock } from '@leeway/runtime';
import { type DeathCause, recordDeathCause } from './workers/death-cause.js';
import { BullQueues } from './bullmq/bull-queues.js';
import { workerClientName } from './recovery/client-names.js';
import { LostConnections } from './recovery/lost-connections.js';
import { openRedis, type RedisConnection } from './redis/connection.js';
import { watchConnection } from './redis/connection-watch.js';
import { Consumer, type ConsumerOptions } from './bullmq/consumer.js';
import { AttemptStore } from './attempts/attempt-store.js';
import { History } from './history/history.js';
import { newerHistory } from './history/history-format.js';
import { PREFIX } from './redis/keys.js';
import { Outbox } from './bullmq/outbox.js';
import { deleteUnusedLibraries, noteLibraryUse } from './redis/loaded-libraries.js';
import { productLibrary } from './redis/script-library.js';
import { registerKinds, type Registration } from './workers/presence.js';
import { ProviderGate } from './providers/provider-gate.js';
import { Providers } from './providers/providers.js';
import { defineScripts, type RunScript } from './redis/scripts.js';
import { CONNECTION_CHECK_MS, Watchdog } from './recovery/watchdog.js';
import { Webhooks } from './webhooks/webhooks.js';

/** What one call of the script deletes at most: Redis does nothing else for a millisecond or two. */
const SLICE = 100;
/** Slices of one run at most, so that a worker that stops does not wait for long; the next run does the rest. */
const SLICES_MOST = 100;
/**
 * For how many intervals between looks a worker has to be without connections until it is lost. At the default that is about 200 ms:
 * time for its leash to end its commands, and for a living process to connect again.
 */
const MISSING_LOOKS = 1.5;
/** How long a lost worker is shown as lost. */
const WORKER_TTL_MS = 600_000;

/** Classes whose counters are kept; the least recently used go first. Labels come from callers and must not fill Redis. */
const MAX_CLASSES = 10_000;

export interface WorkerStoreOptions {
  redisUrl: string;
  policy: Policy;
  worker: string;
  clock: Clock;
  onError: (error: Error) => void;
  /** For tests; default: STORE_BOUNDS. */
  bounds?: Partial<StoreBounds>;
}

/** Redis and BullMQ as a worker process uses them. Its heartbeat has a thread and a connection of its own: heartbeat.ts. */
export class WorkerStore {
  readonly attempts: AttemptStore;
  readonly history: History;
  readonly outbox: Outbox;
  readonly watchdog: Watchdog;
  readonly providers: Providers;
  readonly webhooks: Webhooks;
  private readonly redis: RedisConnection;
  private readonly run: RunScript;
  private readonly stopWatching: () => void;
  private readonly bull: BullQueues;

  constructor(private readonly options: WorkerStoreOptions) {
    const { policy } = options;
    this.redis = openRedis({ url: options.redisUrl, name: workerClientName(options.worker), patience: 'work' });
    this.redis.on('error', options.onError);
    this.stopWatching = watchConnection(this.redis);
    this.run = defineScripts(this.redis);
    this.bull = new BullQueues(this.redis, options.onError);
    this.outbox = new Outbox(this.bull, this.run, () => options.clock.wallMs());
    this.attempts = new AttemptStore(this.run, policy, { ...STORE_BOUNDS, ...options.bounds });
    this.history = new History(this.redis);
    this.providers = new Providers(this.run, policy);
    this.webhooks = new Webhooks(this.redis, this.run, policy);
    this.watchdog = new Watchdog({
      worker: options.worker,
      run: this.run,
      attempts: this.attempts,
      outbox: this.outbox,
      connections: new LostConnections(this.redis, MISSING_LOOKS * CONNECTION_CHECK_MS),
      policy,
      nowMs: () => options.clock.monotonicMs(),
    });
    this.redis.on('close', () => this.watchdog.distrust());
  }

  /** `provider`: of the jobs in the queue; absent: they need none. */
  consumer({
    provider,
    ...options
  }: Pick<ConsumerOptions, 'queue' | 'concurrency' | 'handle'> & { provider?: string | undefined }): Consumer {
    const { providers } = this;
    const { onError } = this.options;
    return new Consumer({
      ...options,
      ...(provider === undefined ? {} : { gate: new ProviderGate({ providers, name: provider, onError }) }),
      redis: this.redis,
      policy: this.options.policy,
      workerName: this.options.worker,
      nowMs: () => this.options.clock.monotonicMs(),
      onError: this.options.onError,
    });
  }

  /**
   * Registers what this worker runs and that its version is in use, and deletes the scripts of versions that are not; called
   * again and again. Throws an Error when the history in this Redis was written by a newer version.
   */
  async register(registration: Registration): Promise<void> {
    const problem = await newerHistory(this.redis);
    if (problem !== undefined) throw new Error(problem);
    await registerKinds(this.redis, registration, this.options.clock.wallMs());
    await noteLibraryUse(this.redis, productLibrary().name);
    await deleteUnusedLibraries(this.redis).catch(this.options.onError);
  }

  /** Those of the attempts that have a record and are not open any more. One round trip. */
  async endedAmong(attempts: readonly AttemptId[]): Promise<AttemptId[]> {
    const open = await Promise.all(
      attempts.map((id) => this.redis.hget(`${PREFIX}:job:${splitAttemptId(id).job}`, 'attempt')),
    );
    return attempts.filter((id, i) => open[i] !== null && open[i] !== String(splitAttemptId(id).number));
  }

  async recordDeathCause(cause: DeathCause): Promise<void> {
    await recordDeathCause(this.run, cause);
  }

  /** Deletes what the retention policy no longer keeps. Returns how many records and classes were deleted. */
  async prune(): Promise<{ records: number; classes: number }> {
    const pruned = { records: 0, classes: 0 };
    for (let slice = 0; slice < SLICES_MOST; slice += 1) {
      const [records, classes] = await this.pruneSlice();
      pruned.records += records;
      pruned.classes += classes;
      if (records < SLICE && classes < SLICE) break;
    }
    return pruned;
  }

  private async pruneSlice(): Promise<[records: number, classes: number]> {
    const { retention, estimator } = this.options.policy;
    return (await this.run(
      'prune',
      retention.recordMs,
      retention.maxRecords,
      SLICE,
      estimator.historyTtlMs,
      MAX_CLASSES,
      WORKER_TTL_MS,
    )) as [number, number];
  }

  async close(): Promise<void> {
    this.stopWatching();
    await this.bull.close();
    this.redis.disconnect();
  }
}

import { withTimeout } from '@leeway/runtime/timeout';
import {
  isFinal,
  JOB_STATES,
  WORKFLOW_KIND,
  type Job,
  type JobEvent,
  type JobId,
  type JobList,
  type JobState,
  type Policy,
  type ProviderState,
  type WorkerInfo,
} from '@leeway/contract';
import type { Clock } from '@leeway/runtime';
import type { Queue } from 'bullmq';
import { BullQueues } from '../bullmq/bull-queues.js';
import { readClasses } from '../history/class-records.js';
import { isReady, openRedis, type RedisConnection } from '../redis/connection.js';
import { watchConnection } from '../redis/connection-watch.js';
import { Controls } from './controls.js';
import { watchDurability } from '../redis/durability.js';
import { WakeSignal, EventBus, EventPages, readEvents, readOutput } from './events.js';
import { guarded } from '../redis/failures.js';
import { History } from '../history/history.js';
import { HistoryArchive } from '../history/history-archive.js';
import { historyRefusal } from '../history/history-format.js';
import { PREFIX } from '../redis/keys.js';
import { listJobs } from './listing.js';
import { Outbox } from '../bullmq/outbox.js';
import { readWorkers } from '../attempts/presence.js';
import { readProviders, Waits } from '../providers/provider-states.js';
import { Providers } from '../providers/providers.js';
import { jobView, readRecord } from './job-record.js';
import { defineScripts, type RunScript } from '../redis/scripts.js';
import { Submissions } from './submissions.js';
import { readTally } from './tally.js';
import type { ClassRecord, JobVerbs, ListFilter, NewJob, StoredOutput, Submitted, Tally } from './verbs.js';

const BUILT_IN_KINDS = ['command', 'chat', WORKFLOW_KIND];

export interface JobQueueOptions {
  redisUrl: string;
  policy: Policy;
  /** Shown by CLIENT LIST, e.g. "leeway-api". */
  clientName: string;
  clock: Clock;
  onError?: (error: Error) => void;
  /** Told once for each thing in the settings of Redis that may lose what was accepted. */
  onWarning?: (text: string) => void;
}

/** The queue as the API and the dashboard use it. */
export class JobQueue implements JobVerbs {
  readonly history: History;
  readonly archive: HistoryArchive;
  private readonly redis: RedisConnection;
  private readonly subscriber: RedisConnection;
  private readonly bull: BullQueues;
  private readonly outbox: Outbox;
  private readonly bus: EventBus;
  private readonly pages: EventPages;
  private readonly run: RunScript;
  private readonly circuits: Providers;
  private readonly controls: Controls;
  private readonly submissions: Submissions;
  private readonly waitMs: number;
  private readonly stopWatching: (() => void)[];

  constructor(private readonly options: JobQueueOptions) {
    const { redisUrl: url, clientName, policy, clock } = options;
    const wallMs = () => clock.wallMs();
    this.waitMs = policy.supervision.clientWaitMs;
    const onError = options.onError ?? (() => undefined);
    this.redis = openRedis({ url, name: clientName, patience: 'request', commandTimeoutMs: this.waitMs });
    this.subscriber = openRedis({ url, name: `${clientName}-events`, patience: 'work' });
    for (const connection of [this.redis, this.subscriber]) connection.on('error', onError);
    this.stopWatching = [this.redis, this.subscriber].map(watchConnection);
    this.run = defineScripts(this.redis);
    this.bull = new BullQueues(this.redis, onError);
    this.outbox = new Outbox(this.bull, this.run, wallMs);
    this.circuits = new Providers(this.run, policy);
    this.controls = new Controls({ redis: this.redis, run: this.run, outbox: this.outbox, policy, onError });
    const { redis, run, outbox, bull, waitMs } = this;
    this.submissions = new Submissions({ redis, run, outbox, bull, policy, waitMs, wallMs, onError });
    this.bus = new EventBus(this.subscriber);
    this.pages = new EventPages((id, after) => this.read(() => readEvents(this.run, id, after)));
    this.history = new History(this.redis);
    this.archive = new HistoryArchive({ redis: this.redis, run: this.run, policy });
  }

  /**
   * Waits for the first connection, at most `clientWaitMs`; Redis may also come later. Throws an Error when the history
   * there was written by a newer version.
   */
  async start(): Promise<void> {
    await this.connected();
    const refusal = isReady(this.redis)
      ? await withTimeout(historyRefusal(this.redis), this.waitMs).catch(() => undefined)
      : undefined;
    if (refusal !== undefined) throw new Error(refusal);
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

  /** Resolves when a submission would be taken now: Redis answers, and takes writes. Throws LeewayError `store_unavailable`. */
  async ready(): Promise<void> {
    await this.read(() => this.redis.set(`${PREFIX}:ready`, '1'));
  }

  async ping(): Promise<void> {
    await this.read(() => this.redis.ping());
  }

  submit(job: NewJob): Promise<Submitted> {
    return this.submissions.submit(job);
  }

  async get(id: JobId): Promise<Job | undefined> {
    return this.read(() => this.load(id));
  }

  private async load(id: JobId): Promise<Job | undefined> {
    const record = await readRecord(this.redis, id);
    if (!record.exists) return undefined;
    // A paused job may have an open attempt, which its worker vouches for as well.
    if (record.state !== 'running' && record.state !== 'paused')
      return jobView(record, { waitingFor: await this.waits().of(record) });
    if (record.text('plan') !== undefined) return jobView(record);
    const beat = await this.redis.zscore(`${PREFIX}:leases`, `${id}.${record.last}`);
    return jobView(record, { heartbeatMs: beat === null ? undefined : Number(beat) });
  }

  async list(filter: ListFilter): Promise<JobList> {
    return this.read(() => listJobs(this.redis, filter, this.waits()));
  }

  cancel(id: JobId, reason: string): ReturnType<JobVerbs['cancel']> {
    return this.controls.cancel(id, reason);
  }

  pause(id: JobId): ReturnType<JobVerbs['pause']> {
    return this.controls.pause(id);
  }

  resume(id: JobId): ReturnType<JobVerbs['resume']> {
    return this.controls.resume(id);
  }

  retry(id: JobId, attempts?: number): ReturnType<JobVerbs['retry']> {
    return this.controls.retry(id, attempts);
  }

  changeLimits(...change: Parameters<JobVerbs['changeLimits']>): ReturnType<JobVerbs['changeLimits']> {
    return this.controls.changeLimits(...change);
  }

  async waitUntilFinal(id: JobId, waitMs: number, signal?: AbortSignal): Promise<Job | undefined> {
    return this.waitFor(id, { until: ({ state }) => isFinal(state), waitMs, signal });
  }

  async waitFor(id: JobId, { until, waitMs, signal }: Parameters<JobVerbs['waitFor']>[1]): Promise<Job | undefined> {
    const endAt = this.options.clock.monotonicMs() + waitMs;
    const bell = new WakeSignal();
    const stop = this.bus.listen(id, bell.ring);
    try {
      for (;;) {
        const job = await this.get(id);
        const leftMs = endAt - this.options.clock.monotonicMs();
        if (job === undefined || until(job) || leftMs <= 0 || signal?.aborted === true) return job;
        await bell.wait(leftMs, signal);
      }
    } finally {
      stop();
    }
  }

  async *events(id: JobId, options: { afterId?: string; signal: AbortSignal }): AsyncIterable<JobEvent> {
    let after = options.afterId ?? '0';
    const bell = new WakeSignal();
    const stop = this.bus.listen(id, bell.ring);
    try {
      while (!options.signal.aborted) {
        const page = await this.pages.next(id, after);
        for (const event of page) {
          yield event;
          after = event.id;
        }
        if (page.length === 0) {
          const job = await this.get(id);
          if (job === undefined || (isFinal(job.state) && (await this.pages.next(id, after)).length === 0)) return;
          await bell.wait(this.waitMs, options.signal);
        }
      }
    } finally {
      stop();
    }
  }

  async output(id: JobId, options: { attempt?: number; tailBytes?: number }): Promise<StoredOutput> {
    return this.read(async () => {
      const record = await readRecord(this.redis, id);
      const numbers =
        options.attempt === undefined ? Array.from({ length: record.last }, (_, i) => i + 1) : [options.attempt];
      return {
        chunks: await readOutput(this.run, id, options),
        truncated: numbers.some((n) => record.text(`a${n}:truncated`) === '1'),
      };
    });
  }

  async workers(): Promise<WorkerInfo[]> {
    return this.read(() => readWorkers(this.redis, this.options.policy));
  }

  async kinds(): Promise<string[]> {
    const registered = await this.read(() => this.redis.zrange(`${PREFIX}:kinds`, '0', '-1'));
    return [...new Set([...BUILT_IN_KINDS, ...registered])];
  }

  async classes(tenant: string | null): Promise<ClassRecord[]> {
    return this.read(() => readClasses(this.redis, tenant));
  }

  async providers(): Promise<ProviderState[]> {
    const { redis, bull, circuits: providers } = this;
    return this.read(() => readProviders({ redis, bull, providers, policy: this.options.policy }));
  }

  async resumeProvider(name: string): Promise<'resumed' | 'already'> {
    return guarded(this.redis, this.waitMs, () => this.circuits.resume(name), 'the provider was being resumed');
  }

  async counts(): Promise<Record<JobState, number>> {
    return this.read(async () => {
      const counts = await Promise.all(JOB_STATES.map((state) => this.redis.zcard(`${PREFIX}:by:*:${state}`)));
      return Object.fromEntries(JOB_STATES.map((state, i) => [state, counts[i] ?? 0])) as Record<JobState, number>;
    });
  }

  async tally(): Promise<Tally> {
    return this.read(() => readTally(this.redis));
  }

  /** BullMQ's queues of all kinds that have been registered, for Bull Board. */
  async bullQueues(): Promise<Queue[]> {
    const names = await this.read(() => this.redis.zrange(`${PREFIX}:queues`, '0', '-1'));
    return names.map((name) => this.bull.get(name) as Queue);
  }

  async close(): Promise<void> {
    for (const stop of this.stopWatching) stop();
    await this.bull.close();
    this.redis.disconnect();
    this.subscriber.disconnect();
  }

  private waits(): Waits {
    return new Waits(this.circuits, this.options.clock.wallMs());
  }

  private read<T>(call: () => Promise<T>): Promise<T> {
    return guarded(this.redis, this.waitMs, call);
  }
}

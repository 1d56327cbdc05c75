import { randomUUID } from 'node:crypto';
import { Worker } from 'bullmq';
import type { JobId, Policy } from '@leeway/contract';
import type { BullData, ScheduledJob } from './bull-queues.js';
import type { RedisConnection } from '../redis/connection.js';
import { BULL_PREFIX } from '../redis/keys.js';
import { TakeWindow } from './take-window.js';

/** An idle worker asks again after this, in s: a job that was returned to its queue wakes none. */
const DRAIN_DELAY_S = 1;
/** BullMQ's own stalled check is a backstop: losses are counted and bounded in the record. */
const MAX_STALLED = 1_000_000;
const RENEWALS_PER_LOCK = 3;
const STALLED_CHECKS_PER_LOCK = 3;
const ERROR_PAUSE_MS = 500;

/** Takes of one queue under way at a time, at most. */
const MAX_TAKES = 8;

/** Decides whether the jobs of a queue may run now. */
export interface QueueGate {
  /** For a job that was taken. `wait`: it returns to its queue, and no job is taken until the gate is open. */
  admit(job: JobId): Promise<'go' | 'probe' | 'wait'>;
  /** A job that was admitted as `probe` has ended. */
  leave(job: JobId): Promise<void>;
  /** Resolves when a job may be taken, or the signal fires. */
  untilOpen(signal: AbortSignal): Promise<void>;
}

export interface ConsumerOptions {
  queue: string;
  concurrency: number;
  redis: RedisConnection;
  policy: Policy;
  workerName: string;
  /** Runs one job to its end; never rejects. */
  handle: (job: ScheduledJob, token: string) => Promise<void>;
  /** Absent: always open. */
  gate?: QueueGate;
  /** Monotonic. */
  nowMs: () => number;
  onError: (error: Error) => void;
}

/**
 * Takes jobs of one BullMQ queue with `getNextJob`, under a new token each: BullMQ's own loop reuses one token for job after
 * job, and a late writer could settle its successor. Holds the locks of running jobs and renews them.
 */
export class Consumer {
  private readonly worker: Worker<BullData>;
  /** Token -> id of each running job. */
  private readonly locks = new Map<string, string>();
  private running = 0;
  private readonly stopped = new AbortController();
  private isGateClosed = false;
  /** Since when each take is without a reply, oldest first. */
  private readonly takesSinceMs = new Set<{ ms: number }>();
  private readonly window: TakeWindow;
  private freed: (() => void) | undefined;
  private loop: Promise<void> = Promise.resolve();
  private renewal: NodeJS.Timeout | undefined;

  constructor(private readonly options: ConsumerOptions) {
    const { supervision } = options.policy;
    // A gate decides for one job at a time whether it is open for the next.
    this.window = new TakeWindow(options.gate === undefined ? MAX_TAKES : 1);
    this.worker = new Worker<BullData>(options.queue, undefined, {
      connection: options.redis,
      prefix: BULL_PREFIX,
      autorun: false,
      name: options.workerName,
      lockDuration: supervision.lockMs,
      stalledInterval: supervision.lockMs / STALLED_CHECKS_PER_LOCK,
      maxStalledCount: MAX_STALLED,
      drainDelay: DRAIN_DELAY_S,
      skipVersionCheck: true,
    });
    this.worker.on('error', options.onError);
  }

  start(): void {
    const { lockMs } = this.options.policy.supervision;
    this.worker.startStalledCheckTimer().catch(this.options.onError);
    this.renewal = setInterval(() => void this.renew(), lockMs / RENEWALS_PER_LOCK);
    this.loop = this.fetchLoop();
  }

  /** Takes no more jobs; running ones are not affected. Resolves when no take is under way any more. */
  async stopTaking(): Promise<void> {
    this.stopped.abort();
    this.freed?.();
    await this.worker.close(true).catch(this.options.onError);
    await this.loop;
  }

  close(): void {
    clearInterval(this.renewal);
  }

  /** Running jobs, until they are settled. */
  get busy(): number {
    return this.running;
  }

  /**
   * For how long a take has been without a reply, in ms; 0 while there is none under way. BullMQ replies every few seconds,
   * also without a job.
   */
  get askingForMs(): number {
    const [oldest] = this.takesSinceMs;
    return oldest === undefined ? 0 : this.options.nowMs() - oldest.ms;
  }

  private get stopping(): boolean {
    return this.stopped.signal.aborted;
  }

  /**
   * While there are jobs, several takes are under way, none of which waits in Redis. In an empty queue one take waits there for
   * the next job.
   */
  private async fetchLoop(): Promise<void> {
    const takes = new Set<Promise<void>>();
    while (!this.stopping) {
      if (this.running + takes.size >= this.options.concurrency) await this.freeSlot();
      else if (this.isGateClosed) await this.untilGateOpens();
      else if (this.window.size > takes.size) {
        const take: Promise<void> = this.take({ block: false }).finally(() => {
          takes.delete(take);
          this.freed?.();
        });
        takes.add(take);
      } else if (takes.size > 0) await this.freeSlot();
      else await this.take({ block: true });
    }
    await Promise.all(takes);
  }

  private async untilGateOpens(): Promise<void> {
    await this.options.gate?.untilOpen(this.stopped.signal);
    this.isGateClosed = false;
  }

  private async take(options: { block: boolean }): Promise<void> {
    const token = randomUUID();
    const sent = { ms: this.options.nowMs() };
    this.takesSinceMs.add(sent);
    const job = await this.fetch(token, options);
    this.takesSinceMs.delete(sent);
    this.window.record(job?.id !== undefined);
    if (job?.id === undefined) return;
    const admission = this.stopping ? 'wait' : await this.admit(job.id);
    if (admission !== 'go') this.isGateClosed = true;
    if (admission === 'wait' || this.stopping) {
      if (admission === 'probe') void this.options.gate?.leave(job.id as JobId);
      // To the front of its queue.
      await job.moveToWait(token).catch(this.options.onError);
      return;
    }
    this.running += 1;
    this.locks.set(token, job.id);
    void this.options.handle(job, token).finally(() => {
      if (admission === 'probe') void this.options.gate?.leave(job.id as JobId);
      this.locks.delete(token);
      this.running -= 1;
      this.freed?.();
    });
  }

  private async admit(job: string): Promise<'go' | 'probe' | 'wait'> {
    return (await this.options.gate?.admit(job as JobId)) ?? 'go';
  }

  private async fetch(token: string, options: { block: boolean }): Promise<ScheduledJob | undefined> {
    try {
      return (await this.worker.getNextJob(token, options)) as ScheduledJob | undefined;
    } catch (error) {
      if (!this.stopping) {
        this.options.onError(error as Error);
        await new Promise((resolve) => setTimeout(resolve, ERROR_PAUSE_MS));
      }
      return undefined;
    }
  }

  private freeSlot(): Promise<void> {
    return new Promise((resolve) => {
      this.freed = () => {
        this.freed = undefined;
        resolve();
      };
    });
  }

  private async renew(): Promise<void> {
    if (this.locks.size === 0) return;
    const entries = [...this.locks];
    try {
      await this.worker.extendJobLocks(
        entries.map(([, id]) => id),
        entries.map(([token]) => token),
        this.options.policy.supervision.lockMs,
      );
    } catch (error) {
      this.options.onError(error as Error);
    }
  }
}

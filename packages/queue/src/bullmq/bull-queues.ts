import { Queue, type Job as BullJob } from 'bullmq';
import type { JobId } from '@leeway/contract';
import type { RedisConnection } from '../redis/connection.js';
import { BULL_PREFIX } from '../redis/keys.js';
import type { JobRecord } from '../record/job-record.js';

/** BullMQ's own queue, for Bull Board. */
export type BullQueue = Queue;

/** The data of a job in BullMQ: enough to recognise it on Bull Board. The record has the rest. */
export interface BullData {
  class: string;
  label: string | null;
}
export type ScheduledJob = BullJob<BullData>;

const HIGHEST_PRIORITY = 20;
/** Ended jobs that stay in BullMQ, for Bull Board; records follow the retention policy. */
const KEPT = { count: 1_000 };

/**
 * Ours: 0 to 20, higher first. BullMQ's: 1 to 21, lower first; jobs without a priority go before all others there, so every
 * job has one.
 */
export function bullPriority(priority: number): number {
  return HIGHEST_PRIORITY + 1 - priority;
}

/** The BullMQ queues of this process, created when first needed. */
export class BullQueues {
  private readonly queues = new Map<string, Queue<BullData>>();

  constructor(
    private readonly redis: RedisConnection,
    private readonly onError: (error: Error) => void,
  ) {}

  get(name: string): Queue<BullData> {
    let queue = this.queues.get(name);
    if (queue === undefined) {
      queue = new Queue<BullData>(name, { connection: this.redis, prefix: BULL_PREFIX, skipVersionCheck: true });
      queue.on('error', this.onError);
      this.queues.set(name, queue);
    }
    return queue;
  }

  /** Idempotent: BullMQ ignores an id that it has. */
  async add(record: JobRecord, delayMs: number): Promise<void> {
    const data = { class: record.text('class') ?? '', label: record.text('label') || null };
    await this.get(record.queue).add(data.label ?? data.class, data, {
      jobId: record.id,
      priority: bullPriority(record.priority),
      delay: Math.max(0, delayMs),
      attempts: 1,
      removeOnComplete: KEPT,
      removeOnFail: KEPT,
    });
  }

  /** How many jobs wait for a worker, without delayed ones. */
  async waiting(queue: string): Promise<number> {
    return this.get(queue).getJobCountByTypes('waiting', 'prioritized');
  }

  async job(queue: string, id: JobId): Promise<ScheduledJob | undefined> {
    return (await this.get(queue).getJob(id)) as ScheduledJob | undefined;
  }

  /** Where BullMQ has a job: a list of it, or "unknown". */
  async place(queue: string, id: JobId): Promise<string> {
    return this.get(queue).getJobState(id);
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.queues.values()].map((queue) => queue.close()));
  }
}

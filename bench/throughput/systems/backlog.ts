import { Queue } from 'bullmq';
import { Redis } from 'ioredis';

/** How many jobs of the queue `noop` BullMQ still has to hand out or to end, whoever put them there. */
export class Backlog {
  private readonly redis: Redis;
  private readonly queue: Queue;

  constructor(socketPath: string, prefix: string) {
    this.redis = new Redis({ path: socketPath, maxRetriesPerRequest: null });
    this.queue = new Queue('noop', { connection: this.redis, prefix });
  }

  async size(): Promise<number> {
    const counts = await this.queue.getJobCounts('wait', 'prioritized', 'active', 'delayed');
    return Object.values(counts).reduce((sum, count) => sum + count, 0);
  }

  /** Resolves when no more than so many are left. */
  async downTo(most: number): Promise<void> {
    while ((await this.size()) > most) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }

  /** Bytes that Redis uses now. */
  async usedBytes(): Promise<number> {
    const info = await this.redis.info('memory');
    return Number(/used_memory:(\d+)/.exec(info)?.[1] ?? 0);
  }

  async close(): Promise<void> {
    await this.queue.close();
    this.redis.disconnect();
  }
}

/** Short beside what is measured, long enough to cost Redis nothing. */
const LOOK_EVERY_MS = 20;

import { RING_LENGTH } from '@leeway/contract';
import { withTimeout } from '@leeway/runtime/timeout';
import type { RedisConnection } from '../redis/connection.js';
import { isReady } from '../redis/connection.js';
import { keyPart, PREFIX } from '../redis/keys.js';

/** An attempt that runs: since when, by the clock of Redis, and where. */
export interface RunningSince {
  sinceMs: number;
  worker: string;
}

/** Encoded samples, newest first. Keys and encoding are the estimator's. */
export interface RingSnapshot {
  samples: string[];
}

export interface HistoryReader {
  /** Throws when Redis does not answer within `timeoutMs`. */
  read(keys: readonly string[], timeoutMs: number): Promise<Map<string, RingSnapshot>>;
  /** The running attempts of a class. */
  runningSince(tenant: string, className: string, timeoutMs: number): Promise<RunningSince[]>;
}

/** Reads rings of observations. They are written by the script that settles an attempt, and by imports. */
export class History implements HistoryReader {
  constructor(private readonly redis: RedisConnection) {}

  async read(keys: readonly string[], timeoutMs: number): Promise<Map<string, RingSnapshot>> {
    this.mustBeReady();
    const rings = await withTimeout(
      Promise.all(keys.map((key) => this.redis.lrange(`${PREFIX}:ring:${key}`, 0, RING_LENGTH - 1))),
      timeoutMs,
    );
    return new Map(keys.map((key, i) => [key, { samples: rings[i] ?? [] }]));
  }

  async runningSince(tenant: string, className: string, timeoutMs: number): Promise<RunningSince[]> {
    this.mustBeReady();
    const key = `${PREFIX}:running:${keyPart(tenant)}:${keyPart(className)}`;
    const entries = await withTimeout(this.redis.zrange(key, '0', '-1', 'WITHSCORES'), timeoutMs);
    return entries.flatMap((member, i) =>
      i % 2 === 0 ? [{ sinceMs: Number(entries[i + 1]), worker: member.slice(member.indexOf(' ') + 1) }] : [],
    );
  }

  /** A command sent while Redis is away would wait for it; a decision must not. */
  private mustBeReady(): void {
    if (!isReady(this.redis)) throw new Error('Redis is not connected');
  }
}

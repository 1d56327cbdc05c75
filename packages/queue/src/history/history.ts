import { RING_LENGTH } from '@leeway/contract';
import { withTimeout } from '@leeway/runtime/timeout';
import type { RedisConnection } from '../redis/connection.js';
import { isReady } from '../redis/connection.js';
import { keyPart, PREFIX } from '../redis/keys.js';
import type { HistoryReader, RingSnapshot, RunningSince } from '../jobs/verbs.js';

/** Reads rings of observations. They are written by the door only, in the step that settles an attempt. */
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
    const entries = await withTimeout(this.redis.zrange(runKey(tenant, className), '0', '-1', 'WITHSCORES'), timeoutMs);
    return entries.flatMap((member, i) =>
      i % 2 === 0 ? [{ sinceMs: Number(entries[i + 1]), worker: member.slice(member.indexOf(' ') + 1) }] : [],
    );
  }

  /** A command sent while Redis is away would wait for it; a decision must not. */
  private mustBeReady(): void {
    if (!isReady(this.redis)) throw new Error('Redis is not connected');
  }
}

function runKey(tenant: string, className: string): string {
  return `${PREFIX}:running:${keyPart(tenant)}:${keyPart(className)}`;
}

import { RING_LENGTH, type Policy } from '@leeway/contract';
import type { StoreBounds } from '../redis/store-bounds.js';
import type { RedisConnection } from '../redis/connection.js';
import { guarded } from '../redis/guarded.js';
import { keyPart, PREFIX } from '../redis/keys.js';
import type { RunScript } from '../redis/scripts.js';
import type { RingSnapshot } from './history.js';

/** One ring with its name. */
export interface StoredRing extends RingSnapshot {
  key: string;
}

export interface ClassToForget {
  tenant: string;
  className: string;
  /** The rings that belong to this class alone. */
  rings: readonly string[];
}

/** Rings read or written at once: many enough to be quick, few enough that Redis does other things in between. */
const PAGE = 50;

/**
 * Export, import and deletion of history, ring by ring. Throws LeewayError `store_unavailable`, or `outcome_unknown` where a
 * write may have happened; each can be repeated.
 */
export class HistoryArchive {
  constructor(
    private readonly parts: { redis: RedisConnection; run: RunScript; policy: Policy; bounds: StoreBounds },
  ) {}

  /** All rings of a tenant, as their keys name it, in the order of their keys. */
  async *rings(scope: string): AsyncGenerator<StoredRing> {
    const keys = await this.read((redis) => redis.zrange(`${PREFIX}:rings:${scope}`, '0', '-1'));
    keys.sort();
    for (let from = 0; from < keys.length; from += PAGE) {
      const page = keys.slice(from, from + PAGE);
      const lists = await this.read((redis) => Promise.all(page.map((key) => samplesOf(redis, key))));
      yield* page.map((key, i) => ({ key, samples: lists[i] ?? [] })).filter(({ samples }) => samples.length > 0);
    }
  }

  /**
   * Adds samples behind those that were measured here, as far as there is room. What a ring holds already is not added
   * again. Returns how many were added.
   */
  async add(rings: readonly StoredRing[]): Promise<number> {
    const { policy, bounds } = this.parts;
    const addOne = ({ key, samples }: StoredRing) =>
      this.write(
        'import-ring',
        key,
        RING_LENGTH,
        policy.estimator.historyTtlMs,
        bounds.maxRings,
        ...samples.slice(0, RING_LENGTH),
      );
    let added = 0;
    for (let from = 0; from < rings.length; from += PAGE) {
      const counts = await Promise.all(rings.slice(from, from + PAGE).map(addOne));
      added += (counts as number[]).reduce((sum, count) => sum + count, 0);
    }
    return added;
  }

  /** Of all tenants. */
  async countRings(): Promise<number> {
    return this.read(async (redis) => {
      const scopes = await redis.smembers(`${PREFIX}:scopes`);
      const counts = await Promise.all(scopes.map((scope) => redis.zcard(`${PREFIX}:rings:${scope}`)));
      return counts.reduce((sum, count) => sum + count, 0);
    });
  }

  /** Deletes the rings and counters of a class. Returns how many rings there were, and whether it had counters. */
  async forgetClass({ tenant, className, rings }: ClassToForget): Promise<{ rings: number; counters: boolean }> {
    const [forgotten, counters] = (await this.write('forget-class', keyPart(tenant), keyPart(className), ...rings)) as [
      number,
      number,
    ];
    return { rings: forgotten, counters: counters === 1 };
  }

  private read<T>(call: (redis: RedisConnection) => Promise<T>): Promise<T> {
    const { redis, bounds } = this.parts;
    return guarded(redis, bounds.callWaitMs, () => call(redis));
  }

  private write(...args: Parameters<RunScript>): Promise<unknown> {
    const { redis, run, bounds } = this.parts;
    return guarded(redis, bounds.callWaitMs, () => run(...args), 'the history was being changed');
  }
}

/** Newest first. A key of another type is no ring, and must not keep the others from being exported. */
async function samplesOf(redis: RedisConnection, key: string): Promise<string[]> {
  try {
    return await redis.lrange(`${PREFIX}:ring:${key}`, '0', '-1');
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('WRONGTYPE')) return [];
    throw error;
  }
}

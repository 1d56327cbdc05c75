import { RING_LENGTH, type Policy } from '@leeway/contract';
import type { RedisConnection } from '../redis/connection.js';
import { guarded } from '../redis/failures.js';
import { keyPart, PREFIX } from '../redis/keys.js';
import type { RunScript } from '../redis/scripts.js';
import type { ClassToForget, HistoryKeeper, StoredRing } from '../jobs/verbs.js';

/** Rings read or written in one go: large enough to be quick, small enough that Redis does other things in between. */
const PAGE = 50;

/** Takes history out of Redis and puts it in, ring by ring. Keys and samples are the estimator's words. */
export class HistoryArchive implements HistoryKeeper {
  constructor(private readonly parts: { redis: RedisConnection; run: RunScript; policy: Policy }) {}

  async *rings(scope: string): AsyncGenerator<StoredRing> {
    const keys = await this.read((redis) => redis.zrange(`${PREFIX}:rings:${scope}`, '0', '-1'));
    keys.sort();
    for (let from = 0; from < keys.length; from += PAGE) {
      const page = keys.slice(from, from + PAGE);
      const lists = await this.read((redis) => Promise.all(page.map((key) => samplesOf(redis, key))));
      yield* page.map((key, i) => ({ key, samples: lists[i] ?? [] })).filter(({ samples }) => samples.length > 0);
    }
  }

  async add(rings: readonly StoredRing[]): Promise<number> {
    const { estimator, retention } = this.parts.policy;
    const addOne = ({ key, samples }: StoredRing) =>
      this.write(
        'import-ring',
        key,
        RING_LENGTH,
        estimator.historyTtlMs,
        retention.maxRings,
        ...samples.slice(0, RING_LENGTH),
      );
    let added = 0;
    for (let from = 0; from < rings.length; from += PAGE) {
      const counts = await Promise.all(rings.slice(from, from + PAGE).map(addOne));
      added += (counts as number[]).reduce((sum, count) => sum + count, 0);
    }
    return added;
  }

  async countRings(): Promise<number> {
    return this.read(async (redis) => {
      const scopes = await redis.smembers(`${PREFIX}:scopes`);
      const counts = await Promise.all(scopes.map((scope) => redis.zcard(`${PREFIX}:rings:${scope}`)));
      return counts.reduce((sum, count) => sum + count, 0);
    });
  }

  async forgetClass({ tenant, className, rings }: ClassToForget): Promise<{ rings: number; counters: boolean }> {
    const [forgotten, counters] = (await this.write('forget-class', keyPart(tenant), keyPart(className), ...rings)) as [
      number,
      number,
    ];
    return { rings: forgotten, counters: counters === 1 };
  }

  private read<T>(call: (redis: RedisConnection) => Promise<T>): Promise<T> {
    const { redis, policy } = this.parts;
    return guarded(redis, policy.supervision.clientWaitMs, () => call(redis));
  }

  private write(...args: Parameters<RunScript>): Promise<unknown> {
    const { redis, run, policy } = this.parts;
    return guarded(redis, policy.supervision.clientWaitMs, () => run(...args), 'the history was being changed');
  }
}

/** Newest first. A key that holds something else is no ring, and keeps nobody from the others. */
async function samplesOf(redis: RedisConnection, key: string): Promise<string[]> {
  try {
    return await redis.lrange(`${PREFIX}:ring:${key}`, '0', '-1');
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('WRONGTYPE')) return [];
    throw error;
  }
}

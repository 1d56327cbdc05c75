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
      Promise.all(keys.map((key) => this.redis.lrange(`${PREFIX}:ring:${key}`, '0', '-1'))),
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
  return `${PREFIX}:run:${keyPart(tenant)}:${keyPart(className)}`;
}

/**
 * What a process remembers of the history, refreshed when older than `maxAgeMs`. `build` turns the samples of a
 * ring into what the estimator works with; what is still `young` is read every time. Bounded: the least recently used entries go first.
 */
export class HistoryCache<Level> {
  private readonly entries = new Map<string, { at: number; level: Level }>();
  private readonly running = new Map<string, { at: number; since: readonly RunningSince[] }>();

  constructor(
    private readonly reader: HistoryReader,
    private readonly options: {
      build: (samples: string[], key: string) => Level;
      maxAgeMs: number;
      timeoutMs: number;
      nowMs: () => number;
      young: (level: Level, key: string) => boolean;
      maxEntries?: number;
    },
  ) {}

  /** Makes sure that everything asked for is fresh enough. Throws when Redis does not answer in time. */
  async refresh(keys: readonly string[], run: { tenant: string; className: string }): Promise<void> {
    const { nowMs, maxAgeMs, timeoutMs, build, young } = this.options;
    const now = nowMs();
    const stale = keys.filter((key) => {
      const entry = this.entries.get(key);
      return entry === undefined || now - entry.at > maxAgeMs || young(entry.level, key);
    });
    const runKeyName = runKey(run.tenant, run.className);
    const needRunning = now - (this.running.get(runKeyName)?.at ?? -Infinity) > maxAgeMs;
    const [rings, since] = await Promise.all([
      stale.length > 0 ? this.reader.read(stale, timeoutMs) : undefined,
      needRunning ? this.reader.runningSince(run.tenant, run.className, timeoutMs) : undefined,
    ]);
    if (rings !== undefined)
      for (const [key, ring] of rings) this.put(this.entries, key, { at: now, level: build(ring.samples, key) });
    if (since !== undefined) this.put(this.running, runKeyName, { at: now, since });
  }

  level(key: string): Level | undefined {
    return this.entries.get(key)?.level;
  }

  /**
   * When the attempts began that were running when that was read, as if it were read now: what has ended since then must
   * not grow older. They are younger by as much as the memory is old.
   */
  runningSince(tenant: string, className: string): readonly RunningSince[] {
    const read = this.running.get(runKey(tenant, className));
    if (read === undefined) return [];
    const agoMs = this.options.nowMs() - read.at;
    return read.since.map(({ sinceMs, worker }) => ({ sinceMs: sinceMs + agoMs, worker }));
  }

  private put<V>(map: Map<string, V>, key: string, value: V): void {
    map.delete(key);
    map.set(key, value);
    if (map.size > (this.options.maxEntries ?? 2_000)) map.delete(map.keys().next().value as string);
  }
}

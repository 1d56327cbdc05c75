import type { HistoryReader, RunningSince } from '@leeway/queue';

/** Age that history in memory may have: one read a second and class, whatever the load. */
const MAX_AGE_MS = 1_000;

/** Time that a decision waits for history before the static limits hold: it is never on the critical path. */
export const HISTORY_READ_TIMEOUT_MS = 250;

export interface HistoryCacheOptions<Level> {
  reader: HistoryReader;
  /** Turns the samples of a ring into what the estimator works with. */
  build: (samples: string[], key: string) => Level;
  /** An entry older than this is read again, in ms. Default: a second. */
  maxAgeMs?: number | undefined;
  nowMs: () => number;
  /** An entry that is read again whatever its age. */
  isYoung: (level: Level, key: string) => boolean;
  /** Beyond this many entries the least recently read ones go first. */
  maxEntries?: number;
}

interface RunningRead {
  atMs: number;
  since: readonly RunningSince[];
}

const MAX_ENTRIES = 2_000;

/** The history that a process holds in memory. */
export class HistoryCache<Level> {
  private readonly levels = new Map<string, { atMs: number; level: Level }>();
  private readonly running = new Map<string, RunningRead>();

  constructor(private readonly options: HistoryCacheOptions<Level>) {}

  /** Reads the entries again that are missing or too old. Rejects when Redis does not answer in time. */
  async refresh(keys: readonly string[], run: { tenant: string; className: string }): Promise<void> {
    const { reader, nowMs, build } = this.options;
    const atMs = nowMs();
    const stale = keys.filter((key) => this.isStale(key, atMs));
    const runKey = keyOf(run.tenant, run.className);
    const [rings, since] = await Promise.all([
      stale.length > 0 ? reader.read(stale, HISTORY_READ_TIMEOUT_MS) : undefined,
      this.isOld(this.running.get(runKey), atMs)
        ? reader.runningSince(run.tenant, run.className, HISTORY_READ_TIMEOUT_MS)
        : undefined,
    ]);
    for (const [key, ring] of rings ?? []) this.put(this.levels, key, { atMs, level: build(ring.samples, key) });
    if (since !== undefined) this.put(this.running, runKey, { atMs, since });
  }

  level(key: string): Level | undefined {
    return this.levels.get(key)?.level;
  }

  /**
   * When the attempts began that were running at the read, as if they had been read now: an attempt that has ended since
   * must not grow older, so that each start is later by the age of the read.
   */
  runningSince(tenant: string, className: string): readonly RunningSince[] {
    const read = this.running.get(keyOf(tenant, className));
    if (read === undefined) return [];
    const ageMs = this.options.nowMs() - read.atMs;
    return read.since.map(({ sinceMs, worker }) => ({ sinceMs: sinceMs + ageMs, worker }));
  }

  private isStale(key: string, nowMs: number): boolean {
    const entry = this.levels.get(key);
    return entry === undefined || this.isOld(entry, nowMs) || this.options.isYoung(entry.level, key);
  }

  private isOld(entry: { atMs: number } | undefined, nowMs: number): boolean {
    return entry === undefined || nowMs - entry.atMs > (this.options.maxAgeMs ?? MAX_AGE_MS);
  }

  private put<V>(map: Map<string, V>, key: string, value: V): void {
    map.delete(key);
    map.set(key, value);
    if (map.size > (this.options.maxEntries ?? MAX_ENTRIES)) map.delete(map.keys().next().value as string);
  }
}

function keyOf(tenant: string, className: string): string {
  return JSON.stringify([tenant, className]);
}

import type { HistoryReader, RunningSince } from '@leeway/queue';

/** Age that history in memory may have, in ms, whatever the load. */
const MAX_AGE_MS = 1_000;
/** The same for a class that is still learning: its deadline changes with every result. */
const MAX_YOUNG_AGE_MS = 100;
/** Share of that age after which history in use is read again, while decisions are still made from it. */
const READ_AHEAD = 0.75;

/** Time that a decision waits for history before the static limits hold: it is never on the critical path. */
export const HISTORY_READ_TIMEOUT_MS = 250;

export interface HistoryCacheOptions<Level> {
  reader: HistoryReader;
  /** Turns the samples of a ring into what the estimator works with. */
  build: (samples: string[], key: string) => Level;
  /** No decision is made from an older entry, in ms. Default: a second. */
  maxAgeMs?: number | undefined;
  nowMs: () => number;
  /** An entry that is read again after a tenth of a second. */
  isYoung: (level: Level, key: string) => boolean;
  /** Beyond this many entries the least recently read ones go first. */
  maxEntries?: number;
}

/** A class of a tenant. */
export interface ClassOfTenant {
  tenant: string;
  className: string;
}

interface Entry {
  /** When its read began. */
  atMs: number;
  maxAgeMs: number;
}

interface RunningRead extends Entry {
  since: readonly RunningSince[];
}

const MAX_ENTRIES = 2_000;

/** The history that a process holds in memory. */
export class HistoryCache<Level> {
  private readonly levels = new Map<string, Entry & { level: Level }>();
  private readonly running = new Map<string, RunningRead>();
  /** Reads under way, one for each class: decisions that come meanwhile share it. */
  private readonly reads = new Map<string, Promise<void>>();

  constructor(private readonly options: HistoryCacheOptions<Level>) {}

  /**
   * Reads the entries again that are missing or too old; those that soon will be are read without waiting. Rejects when Redis
   * does not answer in time.
   */
  async refresh(keys: readonly string[], run: ClassOfTenant): Promise<void> {
    const nowMs = this.options.nowMs();
    const due = keys.filter((key) => isOlder(this.levels.get(key), nowMs, READ_AHEAD));
    const runKey = keyOf(run);
    const read = this.running.get(runKey);
    if (due.length === 0 && !isOlder(read, nowMs, READ_AHEAD)) return;
    const mustWait = isOlder(read, nowMs) || due.some((key) => isOlder(this.levels.get(key), nowMs));
    const other = this.reads.get(runKey);
    if (other === undefined) {
      const reading = this.read(due, { ...run, runKey });
      return mustWait ? reading : void reading.catch(() => undefined);
    }
    if (!mustWait) return undefined;
    await other;
    // It may have been begun too long ago.
    return this.refresh(keys, run);
  }

  level(key: string): Level | undefined {
    return this.levels.get(key)?.level;
  }

  /** The same object as long as nothing of the class is read again. */
  versionOf(run: ClassOfTenant): object | undefined {
    return this.running.get(keyOf(run));
  }

  /**
   * When the attempts began that were running at the read, as if they had been read now: an attempt that has ended since
   * must not grow older, so that each start is later by the age of the read.
   */
  runningSince(run: ClassOfTenant): readonly RunningSince[] {
    const read = this.running.get(keyOf(run));
    if (read === undefined) return [];
    const ageMs = this.options.nowMs() - read.atMs;
    return read.since.map(({ sinceMs, worker }) => ({ sinceMs: sinceMs + ageMs, worker }));
  }

  private read(keys: readonly string[], run: ClassOfTenant & { runKey: string }): Promise<void> {
    const reading = this.readNow(keys, run).finally(() => this.reads.delete(run.runKey));
    this.reads.set(run.runKey, reading);
    return reading;
  }

  private async readNow(
    keys: readonly string[],
    { tenant, className, runKey }: ClassOfTenant & { runKey: string },
  ): Promise<void> {
    const { reader, nowMs, build, isYoung, maxAgeMs = MAX_AGE_MS } = this.options;
    const atMs = nowMs();
    const [rings, since] = await Promise.all([
      keys.length > 0 ? reader.read(keys, HISTORY_READ_TIMEOUT_MS) : undefined,
      reader.runningSince(tenant, className, HISTORY_READ_TIMEOUT_MS),
    ]);
    for (const [key, { samples }] of rings ?? []) {
      const level = build(samples, key);
      const mostMs = isYoung(level, key) ? Math.min(maxAgeMs, MAX_YOUNG_AGE_MS) : maxAgeMs;
      this.put(this.levels, key, { atMs, maxAgeMs: mostMs, level });
    }
    this.put(this.running, runKey, { atMs, maxAgeMs, since });
  }

  private put<V>(map: Map<string, V>, key: string, value: V): void {
    map.delete(key);
    map.set(key, value);
    if (map.size > (this.options.maxEntries ?? MAX_ENTRIES)) map.delete(map.keys().next().value as string);
  }
}

/** `share`: of the age that it may have. */
function isOlder(entry: Entry | undefined, nowMs: number, share = 1): boolean {
  return entry === undefined || nowMs - entry.atMs > share * entry.maxAgeMs;
}

function keyOf({ tenant, className }: ClassOfTenant): string {
  return `${className} ${tenant}`;
}

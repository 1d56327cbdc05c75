import type { ClassInfo, Policy } from '@leeway/contract';
import { classInfos, classInfosWithoutHistory } from '@leeway/forecast';
import type { ClassRecord, HistoryReader, JobQueue } from '@leeway/queue';
import { REPLY_WITHIN_MS, type Clock } from '@leeway/runtime';

export interface ClassSources {
  queue: Pick<JobQueue, 'classes'>;
  history: HistoryReader;
  policy: Policy;
  clock: Clock;
}

/** Most classes on the page: those with the newest attempts. */
export const CLASSES_SHOWN = 30;
/** Age in ms at which the figures of a class are read again although no attempt of it has started or ended: load changes. */
const QUIET_MAX_AGE_MS = 10_000;

interface KnownClass {
  facts: string;
  atMs: number;
  info: ClassInfo;
}

/** What has been learned about classes. The history of a class is read only when an attempt of it has started or ended. */
export class ClassReading {
  private known = new Map<string, KnownClass>();

  constructor(private readonly sources: ClassSources) {}

  /** The classes with the newest attempts, of all tenants, sorted by name. Throws LeewayError `store_unavailable` when Redis is away. */
  async read(): Promise<ClassInfo[]> {
    const records = await this.sources.queue.classes(null);
    const newest = records.toSorted((a, b) => (b.lastAt ?? '').localeCompare(a.lastAt ?? '')).slice(0, CLASSES_SHOWN);
    const kept = new Map(newest.flatMap((record) => this.recent(record)));
    const stale = newest.filter((record) => !kept.has(keyOf(record)));
    const { history, policy, clock } = this.sources;
    const read = await classInfos(stale, { history, policy, clock, timeoutMs: REPLY_WITHIN_MS }).catch(() => null);
    // While history cannot be read, a class is shown with the static limits that are in force then. These are not kept.
    const infos = read ?? classInfosWithoutHistory(stale, { policy, clock });
    const entries = stale.map((record, i) => this.entry(record, infos[i] as ClassInfo));
    this.known = new Map([...kept, ...(read === null ? [] : entries)]);
    return [...kept.values(), ...entries.map(([, known]) => known)]
      .map(({ info }) => info)
      .toSorted((a, b) => a.class.localeCompare(b.class) || a.tenant.localeCompare(b.tenant));
  }

  /** The figures from an earlier read, if they are still current. */
  private recent(record: ClassRecord): [string, KnownClass][] {
    const known = this.known.get(keyOf(record));
    const nowMs = this.sources.clock.monotonicMs();
    const isRecent = known?.facts === JSON.stringify(record) && nowMs - known.atMs < QUIET_MAX_AGE_MS;
    return isRecent ? [[keyOf(record), known]] : [];
  }

  private entry(record: ClassRecord, info: ClassInfo): [string, KnownClass] {
    return [keyOf(record), { facts: JSON.stringify(record), atMs: this.sources.clock.monotonicMs(), info }];
  }
}

function keyOf(record: ClassRecord): string {
  return JSON.stringify([record.tenant, record.class]);
}

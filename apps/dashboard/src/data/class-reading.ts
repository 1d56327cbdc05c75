import type { ClassInfo, Policy } from '@leeway/contract';
import { classInfo, classRingKeys } from '@leeway/estimator';
import type { ClassRecord, HistoryReader, JobVerbs } from '@leeway/queue';
import type { Clock } from '@leeway/service';

export interface ClassSources {
  verbs: Pick<JobVerbs, 'classes'>;
  history: HistoryReader;
  policy: Policy;
  clock: Clock;
}

/** Classes whose history is read and shown, those seen last; more rows are no use on one page. */
export const CLASSES_SHOWN = 30;
/** Figures of a class that nothing happened to are read again after this long, in ms. */
const QUIET_MAX_AGE_MS = 10_000;

/** What has been learned about classes. Reads the rings of a class only when an attempt of it has begun or ended. */
export class ClassReading {
  private known = new Map<string, { facts: string; atMs: number; info: ClassInfo }>();

  constructor(private readonly sources: ClassSources) {}

  /** The classes seen last, of all tenants, by name. Throws LeewayError `store_unavailable` when Redis is away. */
  async read(): Promise<ClassInfo[]> {
    const records = await this.sources.verbs.classes(null);
    const newest = records.toSorted((a, b) => (b.lastAt ?? '').localeCompare(a.lastAt ?? '')).slice(0, CLASSES_SHOWN);
    const entries = await Promise.all(
      newest.map(async (record) => [keyOf(record), await this.readOne(record)] as const),
    );
    // Only what is shown is remembered.
    this.known = new Map(entries);
    return entries
      .map(([, { info }]) => info)
      .toSorted((a, b) => a.class.localeCompare(b.class) || a.tenant.localeCompare(b.tenant));
  }

  private async readOne(record: ClassRecord): Promise<{ facts: string; atMs: number; info: ClassInfo }> {
    const { history, policy, clock } = this.sources;
    const facts = JSON.stringify(record);
    const atMs = clock.monotonicMs();
    const known = this.known.get(keyOf(record));
    if (known !== undefined && known.facts === facts && atMs - known.atMs < QUIET_MAX_AGE_MS) return known;
    const { tenant, counters, running, lastAt } = record;
    const keys = classRingKeys(tenant, record.class);
    // Without its history a class is still shown, with the static limits that would hold.
    const { readTimeoutMs } = policy.estimator;
    const [rings, runningSince] = await Promise.all([
      history.read(keys, readTimeoutMs).catch(() => null),
      running === 0 ? [] : history.runningSince(tenant, record.class, readTimeoutMs).catch(() => []),
    ]);
    const nowMs = clock.wallMs();
    return {
      facts,
      atMs,
      info: classInfo({
        ...{ tenant, className: record.class, counters, running, runningSince, lastAt, rings, policy, nowMs },
      }),
    };
  }
}

function keyOf(record: ClassRecord): string {
  return JSON.stringify([record.tenant, record.class]);
}

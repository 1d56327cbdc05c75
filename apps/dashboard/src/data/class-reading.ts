import type { ClassInfo, Policy } from '@leeway/contract';
import { classInfo, classRingKeys } from '@leeway/estimator';
import type { ClassRecord, HistoryReader, JobVerbs } from '@leeway/queue';
import type { Clock } from '@leeway/runtime';

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

interface KnownClass {
  facts: string;
  atMs: number;
  info: ClassInfo;
}

/** What has been learned about classes. Reads the rings of a class only when an attempt of it has begun or ended. */
export class ClassReading {
  private known = new Map<string, KnownClass>();

  constructor(private readonly sources: ClassSources) {}

  /** The classes seen last, of all tenants, by name. Throws LeewayError `store_unavailable` when Redis is away. */
  async read(): Promise<ClassInfo[]> {
    const records = await this.sources.verbs.classes(null);
    const newest = records.toSorted((a, b) => (b.lastAt ?? '').localeCompare(a.lastAt ?? '')).slice(0, CLASSES_SHOWN);
    const remembered = newest.filter((record) => this.stillKnown(record));
    const rings = await this.ringsOf(newest.filter((record) => !remembered.includes(record)));
    const entries = await Promise.all(
      newest.map(async (record): Promise<[string, KnownClass]> => {
        const known = this.known.get(keyOf(record));
        return [
          keyOf(record),
          known !== undefined && remembered.includes(record) ? known : await this.readOne(record, rings),
        ];
      }),
    );
    // Only what is shown is remembered, and no failure to read.
    this.known = new Map(entries.filter(([, { info }]) => rings !== null || info.basis !== 'static'));
    return entries
      .map(([, { info }]) => info)
      .toSorted((a, b) => a.class.localeCompare(b.class) || a.tenant.localeCompare(b.tenant));
  }

  private stillKnown(record: ClassRecord): boolean {
    const known = this.known.get(keyOf(record));
    const nowMs = this.sources.clock.monotonicMs();
    return known !== undefined && known.facts === JSON.stringify(record) && nowMs - known.atMs < QUIET_MAX_AGE_MS;
  }

  /** All rings at once: classes of one kind share the general ones. Null: they could not be read. */
  private async ringsOf(records: readonly ClassRecord[]): Promise<Rings | null> {
    const keys = new Set(records.flatMap((record) => classRingKeys(record.tenant, record.class)));
    if (keys.size === 0) return new Map();
    return this.sources.history.read([...keys], this.sources.policy.api.answerMs).catch(() => null);
  }

  /** Without its history a class is still shown, with the static limits that would hold. */
  private async readOne(record: ClassRecord, rings: Rings | null): Promise<KnownClass> {
    const { history, policy, clock } = this.sources;
    const { tenant, class: className, counters, running, lastAt } = record;
    const runningSince =
      running === 0 ? [] : await history.runningSince(tenant, className, policy.api.answerMs).catch(() => []);
    const nowMs = clock.wallMs();
    return {
      facts: JSON.stringify(record),
      atMs: clock.monotonicMs(),
      info: classInfo({ tenant, className, counters, running, runningSince, lastAt, rings, policy, nowMs }),
    };
  }
}

type Rings = Awaited<ReturnType<HistoryReader['read']>>;

function keyOf(record: ClassRecord): string {
  return JSON.stringify([record.tenant, record.class]);
}

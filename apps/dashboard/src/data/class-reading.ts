import type { ClassInfo, Policy } from '@leeway/contract';
import { classInfo, classRingKeys } from '@leeway/estimator';
import type { ClassRecord, HistoryReader, JobVerbs } from '@leeway/queue';

export interface ClassSources {
  verbs: Pick<JobVerbs, 'classes'>;
  history: HistoryReader;
  policy: Policy;
  /** Wall clock in milliseconds. */
  nowMs: () => number;
}

/** Classes whose history is read and shown, those seen last; more rows are no use on one page. */
export const CLASSES_SHOWN = 30;

/** What has been learned about the classes seen last, of all tenants, by name. */
export async function readClasses(sources: ClassSources): Promise<ClassInfo[]> {
  const records = await sources.verbs.classes(null);
  const newest = records.toSorted((a, b) => (b.lastAt ?? '').localeCompare(a.lastAt ?? '')).slice(0, CLASSES_SHOWN);
  const infos = await Promise.all(newest.map((record) => readClass(record, sources)));
  return infos.toSorted((a, b) => a.class.localeCompare(b.class) || a.tenant.localeCompare(b.tenant));
}

async function readClass(record: ClassRecord, { history, policy, nowMs }: ClassSources): Promise<ClassInfo> {
  const { tenant, counters, running, lastAt } = record;
  const keys = classRingKeys(tenant, record.class);
  // Without its history a class is still shown, with the static limits that would hold.
  const rings = await history.read(keys, policy.estimator.readTimeoutMs).catch(() => null);
  return classInfo({ tenant, className: record.class, counters, running, lastAt, rings, policy, nowMs: nowMs() });
}

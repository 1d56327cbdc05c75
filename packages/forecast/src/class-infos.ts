import type { ClassInfo, Policy } from '@leeway/contract';
import { type ClassFacts, classInfo, classRingKeys } from '@leeway/estimator';
import type { ClassRecord, HistoryReader } from '@leeway/queue';
import type { Clock } from '@leeway/runtime';

export interface ClassSources {
  history: HistoryReader;
  policy: Policy;
  clock: Pick<Clock, 'wallMs'>;
  /** How long Redis may take to answer, in ms. */
  timeoutMs: number;
}

/**
 * What has been learned of classes, and the deadline that the next job of each would get. All rings are read at once: classes
 * of one kind share the general ones. Rejects when their history cannot be read in time.
 */
export async function classInfos(records: readonly ClassRecord[], sources: ClassSources): Promise<ClassInfo[]> {
  const { history, timeoutMs } = sources;
  const keys = new Set(records.flatMap((record) => classRingKeys(record.tenant, record.class)));
  const [rings, running] = await Promise.all([
    keys.size === 0 ? new Map<string, { samples: string[] }>() : history.read([...keys], timeoutMs),
    Promise.all(records.map((record) => runningSince(record, sources))),
  ]);
  return records.map((record, i) => infoOf(record, sources, { rings, runningSince: running[i] }));
}

/** The same without history: the static limits that hold while it cannot be read. */
export function classInfosWithoutHistory(
  records: readonly ClassRecord[],
  sources: Pick<ClassSources, 'policy' | 'clock'>,
): ClassInfo[] {
  return records.map((record) => infoOf(record, sources, { rings: null }));
}

/** An attempt that has run for longer than is usual is part of what the next deadline is made from. */
async function runningSince({ tenant, class: className, running }: ClassRecord, { history, timeoutMs }: ClassSources) {
  return running === 0 ? [] : history.runningSince(tenant, className, timeoutMs);
}

function infoOf(
  { tenant, class: className, counters, running, lastAt }: ClassRecord,
  { policy, clock }: Pick<ClassSources, 'policy' | 'clock'>,
  history: Pick<ClassFacts, 'rings' | 'runningSince'>,
): ClassInfo {
  return classInfo({ tenant, className, counters, running, lastAt, ...history, policy, nowMs: clock.wallMs() });
}

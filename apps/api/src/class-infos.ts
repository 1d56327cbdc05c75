import type { ClassInfo } from '@leeway/contract';
import { classInfo, classRingKeys } from '@leeway/estimator';
import type { ClassRecord } from '@leeway/queue';
import type { Services } from './services.js';

/** What has been learned of classes. Throws LeewayError `store_unavailable` when their history cannot be read. */
export async function classInfos(records: readonly ClassRecord[], services: Services): Promise<ClassInfo[]> {
  const { queue, policy, clock } = services;
  const keys = new Set(records.flatMap((record) => classRingKeys(record.tenant, record.class)));
  const rings = await queue.history.read([...keys], policy.api.answerMs);
  return records.map(({ tenant, class: className, counters, running, lastAt }) =>
    classInfo({ tenant, className, counters, running, lastAt, rings, policy, nowMs: clock.wallMs() }),
  );
}

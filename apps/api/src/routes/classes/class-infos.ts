import type { ClassInfo } from '@leeway/contract';
import { classInfo, classRingKeys } from '@leeway/estimator';
import type { ClassRecord } from '@leeway/queue';
import type { Services } from '../../calls/services.js';

/** What has been learned of classes. Throws LeewayError `store_unavailable` when their history cannot be read. */
export async function classInfos(records: readonly ClassRecord[], services: Services): Promise<ClassInfo[]> {
  const { queue, policy, clock } = services;
  const keys = new Set(records.flatMap((record) => classRingKeys(record.tenant, record.class)));
  const [rings, starts] = await Promise.all([
    queue.history.read([...keys], policy.api.answerMs),
    Promise.all(records.map((record) => startsOf(record, services))),
  ]);
  return records.map(({ tenant, class: className, counters, running, lastAt }, i) => {
    const runningSince = starts[i];
    return classInfo({
      ...{ tenant, className, counters, running, runningSince, lastAt, rings, policy },
      nowMs: clock.wallMs(),
    });
  });
}

/** A running attempt that has outlasted what is usual is part of what the next deadline is made from. */
async function startsOf({ tenant, class: className, running }: ClassRecord, { queue, policy }: Services) {
  return running === 0 ? [] : queue.history.runningSince(tenant, className, policy.api.answerMs);
}

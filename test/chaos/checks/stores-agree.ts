import { type Job, isFinal } from '@leeway/contract';
import type { Check, Violation } from '../history.js';

/** At the end record, indexes and BullMQ agree, and no outbox entry, lease, running entry or lock is left over. */
export const storesAgree: Check = ({ jobs, leftovers }) => [
  ...jobs.flatMap(({ id, job, bull }) =>
    job === null || agrees(job, bull) ? [] : [broken(id, `is ${job.state}, and ${bull} in BullMQ`)],
  ),
  ...leftovers.misindexed.map((what) => broken(null, what)),
  ...leftovers.entries.map((what) => broken(null, `left over: ${what}`)),
];

/** BullMQ deletes jobs that were removed while they waited, and ended ones after a while. */
function agrees({ state }: Job, bull: string): boolean {
  if (!isFinal(state)) return false;
  return bull === 'unknown' || bull === (state === 'succeeded' ? 'completed' : 'failed');
}

function broken(job: string | null, what: string): Violation {
  return { check: 'record and BullMQ agree', job, what };
}

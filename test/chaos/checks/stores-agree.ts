import { type Job, isFinal } from '@leeway/contract';
import type { Check, Violation } from '../history.js';

/** At the end record, indexes and BullMQ say the same, and nothing is left over: no move, no heartbeat, no run, no lock. */
export const storesAgree: Check = ({ jobs, leftovers }) => [
  ...jobs.flatMap(({ id, job, bull }) =>
    job === null || agrees(job, bull) ? [] : [broken(id, `is ${job.state}, and BullMQ says ${bull}`)],
  ),
  ...leftovers.misfiled.map((what) => broken(null, what)),
  ...leftovers.entries.map((what) => broken(null, `left over: ${what}`)),
];

/** BullMQ forgets what was removed while it waited, and in time what has ended. */
function agrees({ state }: Job, bull: string): boolean {
  if (!isFinal(state)) return false;
  return bull === 'unknown' || bull === (state === 'succeeded' ? 'completed' : 'failed');
}

function broken(job: string | null, what: string): Violation {
  return { check: 'record and BullMQ agree', job, what };
}

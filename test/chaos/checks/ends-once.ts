import { isFinal } from '@leeway/contract';
import type { Check, JobHistory, Violation } from '../history.js';

/**
 * No accepted job is lost or doubled, and each ends once, in one final state (G1): one job for each key, a record, a
 * final state, one `finished` event (and one more for each retry), nothing after it.
 */
export const endsOnce: Check = ({ jobs, keys }) => [
  ...jobs.flatMap(resultOf),
  ...[...keys].flatMap(([key, ids]) =>
    ids.length > 1 ? [broken(ids[0] ?? null, `the key ${key} has ${ids.length} jobs: ${ids.join(', ')}`)] : [],
  ),
];

function resultOf({ id, job, client, events }: JobHistory): Violation[] {
  if (job === null) return [broken(id, 'was accepted and has no record any more')];
  const found: Violation[] = [];
  if (client !== null && client.ids.size > 1)
    found.push(broken(id, `its key was answered with the jobs ${[...client.ids].join(' and ')}`));
  if (client !== null)
    found.push(...client.unexpected.map((what) => broken(id, `a reply that nothing explains: ${what}`)));
  if (!isFinal(job.state)) return [...found, broken(id, `is still ${job.state}`)];
  const finished = events.filter(({ type }) => type === 'finished');
  const retried = events.filter(({ type }) => type === 'retried').length;
  if (finished.length !== retried + 1)
    found.push(broken(id, `has ${finished.length} events "finished" and was retried ${retried} times`));
  if (events.at(-1)?.type !== 'finished')
    found.push(broken(id, `has the event "${events.at(-1)?.type}" after its end`));
  const finalState = (finished.at(-1)?.data as { state?: string } | undefined)?.state;
  if (finalState !== job.state)
    found.push(broken(id, `is ${job.state}, and its last event has the state ${finalState}`));
  return found;
}

function broken(job: string | null, what: string): Violation {
  return { check: 'every accepted job ends once', job, what };
}

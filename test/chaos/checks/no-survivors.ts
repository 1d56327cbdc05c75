import type { Attempt } from '@leeway/contract';
import type { Check, JobHistory, Violation } from '../history.js';

/** How long anything of an attempt may still be there after the record has closed it, in ms. */
const SURVIVAL_MS = 5_000;

/** Nothing that carries the marker of an attempt lives five seconds after its end: children, escaped and deaf ones too (F82). */
export const noSurvivors: Check = ({ jobs }) =>
  jobs.flatMap((entry) => (entry.job?.attempts ?? []).flatMap((attempt) => survivorsOf(attempt, entry)));

function survivorsOf(attempt: Attempt, { id, sightings }: JobHistory): Violation[] {
  if (attempt.endedAt === null) return [];
  const endedAt = Date.parse(attempt.endedAt);
  const left = sightings.filter(
    (seen) => seen.attempt === `${id}.${attempt.number}` && seen.lastAt > endedAt + SURVIVAL_MS,
  );
  return left.map(({ pid, lastAt }) => ({
    check: 'nothing of an attempt survives it',
    job: id,
    what: `process ${pid} of attempt ${attempt.number} was still there ${lastAt - endedAt} ms after the attempt was closed`,
    at: endedAt,
  }));
}

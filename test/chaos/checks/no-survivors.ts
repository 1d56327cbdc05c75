import type { Attempt } from '@leeway/contract';
import type { Check, JobHistory, Violation } from '../history.js';

/** How long a process of an attempt may outlive the end of the attempt, in ms. */
const SURVIVAL_MS = 5_000;

/** No process with the marker of an attempt is alive five seconds after its end, whatever it has done to escape (F82). */
export const noSurvivors: Check = ({ jobs }) =>
  jobs.flatMap((entry) => (entry.job?.attempts ?? []).flatMap((attempt) => survivorsOf(attempt, entry)));

function survivorsOf(attempt: Attempt, { id, sightings }: JobHistory): Violation[] {
  if (attempt.endedAt === null) return [];
  const endedAt = Date.parse(attempt.endedAt);
  const left = sightings.filter(
    (seen) => seen.attempt === `${id}.${attempt.number}` && seen.lastAt > endedAt + SURVIVAL_MS,
  );
  return left.map(({ pid, lastAt }) => ({
    check: 'no process survives its attempt',
    job: id,
    what: `process ${pid} of attempt ${attempt.number} was still there ${lastAt - endedAt} ms after the attempt was closed`,
    at: endedAt,
  }));
}

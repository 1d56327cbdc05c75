import type { Attempt } from '@leeway/contract';
import type { Check, JobHistory, Violation, ChaosHistory } from '../history.js';
import { hasOwnProcess } from '../submission-of.js';
import { cuts } from '../trouble.js';

/** A process that was seen this much after its successor was opened is a second copy, in ms. */
const TOLERANCE_MS = 50;

/**
 * No two runs of one job at the same time: what an attempt started is gone when the next one is opened, whether its
 * worker was killed, frozen or told to stop. Cut off from Redis it may overlap, unless the job forbids that; but two
 * copies on one machine never meet.
 */
export const noOverlap: Check = (history) =>
  history.jobs.flatMap((entry) => {
    const { job, client } = entry;
    if (job === null || client === null || !hasOwnProcess(client.planned.manner)) return [];
    return [...metFaceToFace(entry), ...job.attempts.flatMap((attempt) => outlived(attempt, entry, history))];
  });

function metFaceToFace({ id, facts }: JobHistory): Violation[] {
  return facts.flatMap((fact) =>
    fact.word === 'beside'
      ? [{ ...broken(id, `${fact.attempt} found a process of ${fact.other} alive when it started`), at: fact.at }]
      : [],
  );
}

function outlived(attempt: Attempt, { id, job, client, sightings }: JobHistory, history: ChaosHistory): Violation[] {
  const next = job?.attempts.find(({ number }) => number === attempt.number + 1);
  if (next === undefined) return [];
  const openedAt = Date.parse(next.startedAt);
  const late = sightings.filter(
    (seen) => seen.attempt === `${id}.${attempt.number}` && seen.lastAt > openedAt + TOLERANCE_MS,
  );
  if (late.length === 0) return [];
  const forbidden = client?.planned.options['overlap'] === 'forbid';
  const cut = cuts(attempt.worker, history).some(
    (span) => span.from <= openedAt && span.to >= Date.parse(attempt.startedAt),
  );
  if (cut && !forbidden) return [];
  const most = Math.max(...late.map(({ lastAt }) => lastAt)) - openedAt;
  return [
    {
      ...broken(
        id,
        `a process of attempt ${attempt.number} was still there ${most} ms after attempt ${next.number} was opened${cut ? ', which the job forbids also when its worker is cut off' : ''}`,
      ),
      at: openedAt,
    },
  ];
}

function broken(job: string, what: string): Violation {
  return { check: 'no two runs of one job overlap', job, what };
}

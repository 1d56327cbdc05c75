import type { Attempt } from '@leeway/contract';
import type { Check, JobHistory, Violation, ChaosHistory } from '../history.js';
import { hasOwnProcess } from '../submission-of.js';
import { cuts } from '../disturbances.js';

/** A process that is seen this much after the start of the next attempt is a second copy, in ms. */
const TOLERANCE_MS = 50;

/**
 * No two runs of one job at the same time: the processes of an attempt are gone when the next one starts, whether its
 * worker was killed, frozen or shut down. Where the worker was cut off from Redis they may overlap, unless the job forbids
 * that; but two copies on one machine never run at the same time.
 */
export const noOverlap: Check = (history) =>
  history.jobs.flatMap((entry) => {
    const { job, client } = entry;
    if (job === null || client === null || !hasOwnProcess(client.planned.behaviour)) return [];
    return [...recordedOverlaps(entry), ...job.attempts.flatMap((attempt) => outlived(attempt, entry, history))];
  });

function recordedOverlaps({ id, journal }: JobHistory): Violation[] {
  return journal.flatMap((entry) =>
    entry.event === 'overlap'
      ? [{ ...broken(id, `${entry.attempt} found a process of ${entry.other} alive when it started`), at: entry.at }]
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

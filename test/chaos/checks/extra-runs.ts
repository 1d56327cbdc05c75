import type { Attempt, Job } from '@leeway/contract';
import { SUPERVISION } from '../chaos-policy.js';
import type { ChaosHistory, Check, JobHistory, StoredEvent, Violation } from '../history.js';
import { outages, disturbancesOf } from '../disturbances.js';

/**
 * Every run beyond the first is explained by the record: a loss, a release, or an announced retry. And every loss is
 * explained by an attack on that very worker: an outage of Redis alone loses no attempt (G5).
 */
export const extraRuns: Check = (history) =>
  history.jobs.flatMap((entry) =>
    entry.job === null
      ? []
      : [...countsOf(entry, entry.job), ...entry.job.attempts.flatMap((attempt) => explain(attempt, entry, history))],
  );

const COUNTED: readonly unknown[] = ['succeeded', 'failed', 'stopped', 'cancelled'];

function countsOf({ events }: JobHistory, job: Job): Violation[] {
  const found: Violation[] = [];
  const lost = job.attempts.filter(({ outcome }) => outcome === 'lost').length;
  const announced = events.filter(({ type }) => type === 'lost').length;
  const charged = events.filter(({ type, data }) => type === 'lost' && !isCleared(data)).length;
  if (charged !== job.losses || announced !== lost)
    found.push(
      broken(job, `counts ${job.losses} losses of ${charged}, has ${lost} lost attempts and ${announced} events of it`),
    );
  const tried = job.attempts.filter(({ outcome }) => COUNTED.includes(outcome)).length;
  if (tried > job.maxAttempts) found.push(broken(job, `was tried ${tried} times of ${job.maxAttempts}`));
  // Each retry by a user allows one more.
  const retried = events.filter(({ type }) => type === 'retried').length;
  if (job.losses > SUPERVISION.maxLosses + 1 + retried) found.push(broken(job, `was lost ${job.losses} times`));
  return found;
}

/** The worker recorded that the attempt had no part in its death. */
function isCleared(data: unknown): boolean {
  return (data as { cleared?: boolean } | null)?.cleared === true;
}

function explain(attempt: Attempt, entry: JobHistory, history: ChaosHistory): Violation[] {
  const { job, events } = entry;
  const { number, outcome } = attempt;
  const isLast = number === job?.attempts.length;
  const announced = isAnnounced(number, events);
  if (outcome === null && !isLast) return [broken(job as Job, `attempt ${number} was never closed`)];
  if (COUNTED.includes(outcome) && !isLast && !announced)
    return [broken(job as Job, `attempt ${number} (${outcome}) was followed by another one that was not announced`)];
  const endedAt = Date.parse(attempt.endedAt ?? '');
  if (outcome === 'lost' && !wasDisturbed(attempt, entry, history))
    return [
      {
        ...broken(job as Job, `attempt ${number} was taken from ${attempt.worker}, which was not attacked`),
        at: endedAt,
      },
    ];
  return [];
}

/** By the event of a retry, automatic or by a user. */
function isAnnounced(number: number, events: readonly StoredEvent[]): boolean {
  const ended = events.findIndex(({ type, attempt }) => type === 'attempt_ended' && attempt === number);
  const next = events.findIndex(({ attempt }, i) => i > ended && attempt > number);
  return events
    .slice(ended, next === -1 ? undefined : next)
    .some(({ type }) => type === 'retrying' || type === 'retried');
}

/** The worker was attacked, or ended, while it had the attempt; or the machine was stalled. */
function wasDisturbed(attempt: Attempt, { client }: JobHistory, history: ChaosHistory): boolean {
  const [from, to] = [Date.parse(attempt.startedAt), Date.parse(attempt.endedAt ?? '')];
  // A worker that cannot reach Redis ends attempts that must not overlap: others may run them already.
  const isGivenUp = client?.planned.options['overlap'] === 'forbid';
  const spans = [...disturbancesOf(attempt.worker, history), ...history.stalls, ...(isGivenUp ? outages(history) : [])];
  return spans.some((span) => span.from <= to && span.to >= from);
}

function broken(job: Job, what: string): Violation {
  return { check: 'every extra run is explained', job: job.id, what };
}

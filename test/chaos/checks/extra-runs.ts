import type { Attempt, Job } from '@leeway/contract';
import { SUPERVISION } from '../chaos-policy.js';
import type { ChaosHistory, Check, JobHistory, StoredEvent, Violation } from '../history.js';
import { outages, troubleOf } from '../trouble.js';

/**
 * Every run beyond the first is explained by the record: a loss, a hand-back, or a retry that was announced. And every
 * loss is explained by what the nemesis did to that very worker: an outage of Redis alone hands nothing on (G5).
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
  const told = events.filter(({ type }) => type === 'lost').length;
  const charged = events.filter(({ type, data }) => type === 'lost' && !isExcused(data)).length;
  if (charged !== job.losses || told !== lost)
    found.push(
      broken(job, `counts ${job.losses} losses of ${charged}, has ${lost} lost attempts and ${told} events of it`),
    );
  const tried = job.attempts.filter(({ outcome }) => COUNTED.includes(outcome)).length;
  if (tried > job.maxAttempts) found.push(broken(job, `was tried ${tried} times of ${job.maxAttempts}`));
  // A retry that somebody asked for allows one more.
  const retried = events.filter(({ type }) => type === 'retried').length;
  if (job.losses > SUPERVISION.maxLosses + 1 + retried) found.push(broken(job, `was lost ${job.losses} times`));
  return found;
}

/** Its worker has said that it had no part in what killed it. */
function isExcused(data: unknown): boolean {
  return (data as { cleared?: boolean } | null)?.cleared === true;
}

function explain(attempt: Attempt, entry: JobHistory, history: ChaosHistory): Violation[] {
  const { job, events } = entry;
  const { number, outcome } = attempt;
  const isLast = number === job?.attempts.length;
  const announced = isAnnounced(number, events);
  if (outcome === null && !isLast) return [broken(job as Job, `attempt ${number} was never closed`)];
  if (COUNTED.includes(outcome) && !isLast && !announced)
    return [broken(job as Job, `attempt ${number} (${outcome}) was followed by another one without a word`)];
  const endedAt = Date.parse(attempt.endedAt ?? '');
  if (outcome === 'lost' && !wasInTrouble(attempt, entry, history))
    return [
      {
        ...broken(job as Job, `attempt ${number} was taken from ${attempt.worker}, which nobody had touched`),
        at: endedAt,
      },
    ];
  return [];
}

/** By a back-off of its own, or by somebody who asked for a retry after its end. */
function isAnnounced(number: number, events: readonly StoredEvent[]): boolean {
  const ended = events.findIndex(({ type, attempt }) => type === 'attempt_ended' && attempt === number);
  const next = events.findIndex(({ attempt }, i) => i > ended && attempt > number);
  return events
    .slice(ended, next === -1 ? undefined : next)
    .some(({ type }) => type === 'retrying' || type === 'retried');
}

/** The worker was attacked, or ended, while it held the attempt; or the machine stood still. */
function wasInTrouble(attempt: Attempt, { client }: JobHistory, history: ChaosHistory): boolean {
  const [from, to] = [Date.parse(attempt.startedAt), Date.parse(attempt.endedAt ?? '')];
  // A worker that cannot reach Redis ends what must not overlap: it cannot know who else is cut off.
  const isGivenUp = client?.planned.options['overlap'] === 'forbid';
  const trouble = [...troubleOf(attempt.worker, history), ...history.stalls, ...(isGivenUp ? outages(history) : [])];
  return trouble.some((span) => span.from <= to && span.to >= from);
}

function broken(job: Job, what: string): Violation {
  return { check: 'every extra run is explained', job: job.id, what };
}

import { RING_LENGTH, type Attempt, type Job } from '@leeway/contract';
import { groupBy } from '../group-by.js';
import type { Check, ClassHistory, JobHistory, Violation } from '../history.js';

/** Every attempt is observed once, a lost one never: counters and durations of a class are those of its attempts (F52). */
export const learnedOnce: Check = ({ jobs, classes }) => {
  const known = jobs.filter((entry): entry is KnownJob => entry.job !== null);
  return [...groupBy(known, ({ job }) => job.class)].flatMap(([name, its]) =>
    compare(
      name,
      its,
      classes.find((history) => history.name === name),
    ),
  );
};

type KnownJob = JobHistory & { job: Job };
const COUNTERS = { succeeded: 'succeeded', failed: 'failed', stopped: 'killed', cancelled: 'cancelled' } as const;

function compare(name: string, jobs: readonly KnownJob[], history: ClassHistory | undefined): Violation[] {
  const attempts = jobs.flatMap(({ job }) => job.attempts);
  const found: Violation[] = [];
  for (const [outcome, counter] of Object.entries(COUNTERS)) {
    const made = attempts.filter((attempt) => attempt.outcome === outcome).length;
    const counted = history?.counters[counter] ?? 0;
    if (made !== counted)
      found.push(broken(name, `${made} attempts ended as ${outcome}, and the counter "${counter}" has ${counted}`));
  }
  // A ring keeps the newest results only.
  const observed = Math.min(
    RING_LENGTH,
    jobs.reduce((sum, job) => sum + observationsOf(job), 0),
  );
  if (observed !== (history?.durations ?? 0))
    found.push(broken(name, `its attempts give ${observed} durations, and ${history?.durations ?? 0} are stored`));
  return found;
}

/** How many durations a job gives, exact or as "longer than this". */
function observationsOf({ job: { attempts }, events }: KnownJob): number {
  const isRetried = ({ number }: Attempt) =>
    events.some(({ type, attempt }) => type === 'retrying' && attempt === number);
  return attempts.filter((attempt, i) =>
    isObserved(attempt, { before: attempts.slice(0, i), isRetried: isRetried(attempt) }),
  ).length;
}

function isObserved(
  { outcome }: Attempt,
  { before, isRetried }: { before: readonly Attempt[]; isRetried: boolean },
): boolean {
  switch (outcome) {
    case 'succeeded':
    case 'cancelled':
      return true;
    case 'stopped':
      // A kill is judged by its retry, if there is one.
      return !isRetried;
    case 'failed':
      // A failure is no duration, but the kills before it then stay as they are.
      return !isRetried && before.some(({ cause }) => cause === 'deadline');
    case 'lost':
    case 'released':
    case 'deferred':
    case null:
      return false;
  }
}

function broken(name: string, what: string): Violation {
  return { check: 'every attempt is observed once', job: null, what: `class ${name}: ${what}` };
}

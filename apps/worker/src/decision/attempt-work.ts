import type { Attempt as StoredAttempt, Hints, JobId, ProfileName } from '@leeway/contract';
import { classify } from '@leeway/estimator';
import type { AttemptFacts, JobLimits, Work } from '@leeway/forecast';
import type { ClaimedAttempt } from '@leeway/queue';

/** What an attempt works on. */
export interface AttemptWork extends Work {
  job: JobId;
}

/** The work of an attempt, as the record of its job has it. */
export function workOf(attempt: ClaimedAttempt): AttemptWork {
  const { job, record } = attempt;
  const kind = record.text('kind') ?? '';
  const input = record.json('input') ?? null;
  return {
    job,
    kind,
    input,
    tenant: record.tenant,
    tier: record.text('tier') ?? '',
    stream: record.text('stream') === '1',
    limits: record.json<JobLimits>('limits') ?? {},
    profile: record.text('profile') as ProfileName | undefined,
    jobClass: classOf(attempt, kind, input),
  };
}

/** The class of the job, or of the same job with another input. */
export function classOf(
  { record }: Pick<ClaimedAttempt, 'record'>,
  kind: string,
  input: unknown,
): AttemptWork['jobClass'] {
  return shared(classify({ kind, input, label: record.text('label'), ...record.json<Hints>('hints') }));
}

/** Classes that are kept. */
const MAX_CLASSES = 1_000;
const CLASSES = new Map<string, AttemptWork['jobClass']>();

/** The same object for the same class, so that what is derived from it, as the names of its rings, is derived once. */
function shared(jobClass: AttemptWork['jobClass']): AttemptWork['jobClass'] {
  if (jobClass.complexity !== undefined) return jobClass;
  const known = CLASSES.get(jobClass.name);
  if (known !== undefined) return known;
  if (CLASSES.size >= MAX_CLASSES) CLASSES.clear();
  CLASSES.set(jobClass.name, jobClass);
  return jobClass;
}

/** The attempts of the job that have ended before this one, oldest first. */
export function earlierAttempts({ number, record }: Pick<ClaimedAttempt, 'number' | 'record'>): StoredAttempt[] {
  return Array.from({ length: number - 1 }, (_, i) => record.attempt(i + 1));
}

/** What the record knows of the attempt that a decision is made for. */
export function factsOf({ number, startedAtMs, leftMs, record }: ClaimedAttempt): AttemptFacts {
  return {
    number,
    startedAtMs,
    spentMs: record.number('spentMs') ?? 0,
    previous: number > 1 ? record.attempt(number - 1) : undefined,
    worker: record.text(`a${number}:worker`),
    step:
      leftMs === undefined
        ? undefined
        : { leftMs, ofRest: record.number('ofRest') ?? 1, behind: record.number('behind') ?? 0 },
  };
}

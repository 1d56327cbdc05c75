/** Id of a job. Letters, digits, `-` and `_` only, so that it is safe in a Redis key, a path and a URL. */
export type JobId = string & { readonly __brand: 'JobId' };
/** `<job id>.<attempt number>`: one run of a job by one worker. Never reused; the fencing token of every write. */
export type AttemptId = string & { readonly __brand: 'AttemptId' };

const JOB_ID = /^[A-Za-z0-9_-]{8,64}$/;

export function isJobId(value: string): value is JobId {
  return JOB_ID.test(value);
}

export function attemptId(job: JobId, number: number): AttemptId {
  return `${job}.${number}` as AttemptId;
}

export function splitAttemptId(id: AttemptId): { job: JobId; number: number } {
  const dot = id.lastIndexOf('.');
  return { job: id.slice(0, dot) as JobId, number: Number(id.slice(dot + 1)) };
}

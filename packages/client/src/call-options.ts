import type { Cause, JobState, Submission } from '@leeway/contract';

export interface CallOptions {
  /** Ends the call with the reason of the signal. */
  signal?: AbortSignal;
}

export interface SubmitOptions extends CallOptions {
  /** Two submissions with the same key and body are one job. Default: a new key for each call, so that its own repetitions are safe. */
  idempotencyKey?: string;
}

export interface WaitOptions extends CallOptions {
  /** Milliseconds until it rejects with the code `timed_out`; the job continues. Default: no limit. */
  timeoutMs?: number;
}

export interface ListOptions extends CallOptions {
  state?: JobState;
  kind?: string;
  label?: string;
  /** Jobs per request, 1 to 200. Default: the server's page size. */
  pageSize?: number;
}

export interface OutputOptions extends CallOptions {
  /** Only that attempt. Default: all. */
  attempt?: number;
  /** Only the last bytes, so many of them. */
  tail?: number;
}

export interface HistoryOptions extends CallOptions {
  /** Whose history, with an admin key. Default: your own. */
  tenant?: string;
}

/** Which ended jobs get new attempts; absent fields match every job. */
export interface RetryFilter {
  /** Default: failed. */
  state?: 'failed' | 'cancelled';
  cause?: Cause;
  kind?: string;
  label?: string;
  /** New attempts for each. Default: as many as the policy gives a job. */
  attempts?: number;
  /** Default 100. */
  limit?: number;
  /** `next` of the previous reply. */
  cursor?: string;
}

/** Limits that can be changed after the submission. */
export type LimitChanges = Pick<Submission, 'timeoutMs' | 'limits' | 'completeBy'>;

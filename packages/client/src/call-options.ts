import type { Cause, JobState, Submission } from '@leeway/contract';

export interface CallOptions {
  signal?: AbortSignal;
}

export interface SubmitOptions extends CallOptions {
  /** Same key and body: the same job. Default: a fresh one for each call, so that its own repetitions are safe. */
  idempotencyKey?: string;
}

export interface WaitOptions extends CallOptions {
  /** Milliseconds until it gives up with the code `timed_out`; the job goes on. Default: no limit. */
  timeoutMs?: number;
}

export interface ListOptions extends CallOptions {
  state?: JobState;
  kind?: string;
  label?: string;
  /** Jobs fetched at once, 1 to 200. Default: what the server takes. */
  pageSize?: number;
}

export interface OutputOptions extends CallOptions {
  /** Only that attempt. Default: all. */
  attempt?: number;
  /** Only the last so many bytes. */
  tail?: number;
}

export interface HistoryOptions extends CallOptions {
  /** Whose history, with an admin key. Default: your own. */
  tenant?: string;
}

/** Which ended jobs are tried again; absent fields narrow nothing. */
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
  /** `next` of the call before. */
  cursor?: string;
}

/** Limits that can be changed after the submission. */
export type LimitChanges = Pick<Submission, 'timeoutMs' | 'limits' | 'completeBy'>;

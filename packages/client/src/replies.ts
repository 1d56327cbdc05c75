import type { Decision, Job, Problem, ProviderState } from '@leeway/contract';

/** The reply to one submission of a batch: the accepted job, or the problem for which it was refused. */
export type BatchItem = { status: 202; job: Job } | { status: number; error: Problem };

/** The deadline that a job would get now. Not binding: the deadline is decided when an attempt starts. */
export interface Estimate {
  class: string;
  decision: Decision;
  /** Times if a worker took the job at once. */
  expected: { startAt: string | null; finishAt: string | null };
  /** Of a workflow: its steps; `share` is the part of the whole time that a step gets, 0 to 1. */
  steps?: { name: string; class: string; share: number; decision: Decision }[];
}

/** What was done with a provider, and its state afterwards. */
export interface ResumedProvider {
  done: 'resumed' | 'already';
  provider: ProviderState;
}

/** Stored output of a job. */
export interface JobOutput {
  chunks: { attempt: number; stream: 'stdout' | 'stderr' | 'text'; text: string; at: string }[];
  /** True: some output was not stored, because there was too much of it. */
  truncated: boolean;
}

export interface Health {
  /** The process replies. */
  live: boolean;
  /** It can accept work: Redis is reachable. */
  ready: boolean;
}

export interface Version {
  name: 'leeway';
  version: string;
  /** Version of Node. */
  node: string;
  policyVersion: string;
}

/** The result of a retry of many jobs. */
export interface RetriedJobs {
  /** Ids of the jobs that have new attempts. */
  retried: string[];
  /** Ids of matching jobs that were left as they are: steps of a workflow, or past their completeBy. */
  left: string[];
  /** The cursor of the next call; null: there are no more. */
  next: string | null;
}

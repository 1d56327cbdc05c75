import type { Decision, Job, Problem, ProviderState } from '@leeway/contract';

/** One submission of a batch: accepted as a job, or refused on its own. */
export type BatchItem = { status: 202; job: Job } | { status: number; error: Problem };

/** What the deadline would be. Nothing is stored and the figure does not bind: the one at the start of the attempt does. */
export interface Estimate {
  class: string;
  decision: Decision;
  /** If a worker took it at once. */
  expected: { startAt: string | null; finishAt: string | null };
  /** Of a workflow: each step, and its part of the time. */
  steps?: { name: string; class: string; share: number; decision: Decision }[];
}

/** What was done with a provider, and how it stands now. */
export interface ResumedProvider {
  done: 'resumed' | 'already';
  provider: ProviderState;
}

/** Stored output of a job. */
export interface JobOutput {
  chunks: { attempt: number; stream: 'stdout' | 'stderr' | 'text'; text: string; at: string }[];
  /** True: some of it was not stored, for its size. */
  truncated: boolean;
}

export interface Health {
  /** The process answers. */
  live: boolean;
  /** It can take work: Redis is reachable. */
  ready: boolean;
}

export interface Version {
  name: 'leeway';
  version: string;
  /** Version of Node. */
  node: string;
  policyVersion: string;
}

/** What became of the jobs that were to be tried again. */
export interface RetriedJobs {
  retried: string[];
  /** They fit, and were left as they are. */
  left: string[];
  /** Where to go on; null: there are no more. */
  next: string | null;
}

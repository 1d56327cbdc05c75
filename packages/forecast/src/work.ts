import type { Attempt, ProfileName, Submission } from '@leeway/contract';
import type { ColdStart, JobClass } from '@leeway/estimator';

/** The limits of a submission as its record keeps them. */
export type JobLimits = NonNullable<Submission['limits']> &
  Pick<Submission, 'timeoutMs' | 'completeBy' | 'onWorkerLost' | 'overlap' | 'mode' | 'monitor'>;

/** A job as far as it bears on how long it may take. */
export interface Work {
  kind: string;
  input: unknown;
  jobClass: JobClass;
  tenant: string;
  /** The row of the policy's tiers that caps it, and whether the column for streaming holds. */
  tier: string;
  stream: boolean;
  limits: JobLimits;
  profile?: ProfileName | undefined;
}

/** The time that a step of a workflow may use. */
export interface StepTime {
  /** What was left of the workflow's time when the attempt started, in ms. */
  leftMs: number;
  /** Its share of what is left, 0 to 1. */
  ofRest: number;
  /** Steps that have to follow it. */
  behind: number;
}

/** The attempt that a decision is made for. */
export interface AttemptFacts {
  /** From 1. */
  number: number;
  /** When it started, epoch ms of Redis. */
  startedAtMs: number;
  /** What earlier attempts and the pauses between them took of the overall limit, in ms. */
  spentMs: number;
  /** The attempt before. */
  previous?: Attempt | undefined;
  /** The worker that runs it; absent: none has claimed it yet. */
  worker?: string | undefined;
  /** Present: nothing like it has run on this worker lately. */
  coldStart?: ColdStart | undefined;
  /** Present: it is a step of a workflow. */
  step?: StepTime | undefined;
}

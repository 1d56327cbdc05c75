import type { Decision, Job, Submission } from '@leeway/contract';
import type { PlannedStep } from '../workflows/planned-step.js';

/** Whose job it is: the tenant and tier of the API key, never of the body. */
export interface Principal {
  tenant: string;
  tier: string;
}

/** A submission that passed the schema, with the estimator's quote. */
export interface NewJob {
  submission: Submission;
  principal: Principal;
  /** Its most specific class. */
  class: string;
  quote: Decision;
  /** BullMQ queue that hands it out. */
  queue: string;
  /** Of a workflow. */
  workflow?: { totalMs: number; steps: readonly NewStep[] };
  idempotency?: { key: string; bodyHash: string };
}

/** One step of a workflow, as a job that is not submitted yet. */
export interface NewStep {
  submission: Submission;
  class: string;
  quote: Decision;
  queue: string;
  plan: PlannedStep;
}

export interface Submitted {
  job: Job;
  /** True: the Idempotency-Key was known, and this is the job of the first submission. */
  replayed: boolean;
}

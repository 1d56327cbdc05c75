import type { Policy } from '@leeway/contract';
import type { JobClass } from '../classify/job-class.js';
import type { RingKey } from '../history/ring-key.js';
import type { ClassCounter, EndedAttempt } from './ended-attempt.js';
import type { StoredShadowCounter } from './shadow-judgement.js';

/** Additions to the history from the end of one attempt. Written in the transaction that settles the attempt, so exactly once. */
export interface Observations {
  /** Class of the counters. */
  className: string;
  rings: { key: RingKey; sample: string }[];
  counters: Partial<Record<ClassCounter | StoredShadowCounter, number>>;
}

export interface EndedJob {
  /** Spreads scores over rings. */
  id: string;
  tenant: string;
  /** Class of the submission. */
  jobClass: JobClass;
  /** Ended attempts, oldest first; the last one has just ended. */
  attempts: readonly EndedAttempt[];
  /** Another attempt follows. */
  willRetry: boolean;
  /** Wall clock. */
  nowMs: number;
  policy: Policy;
}

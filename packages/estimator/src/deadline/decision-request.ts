import type { KindPolicy, Policy, ProfileName, Timeout } from '@leeway/contract';
import type { JobClass } from '../classify/job-class.js';
import type { HistoryView } from '../history/history-view.js';
import type { ColdStart } from './cold-start.js';
import type { Tuning } from './rules.js';

/** A clock for silence that ended an attempt, and what it allowed. */
export interface PreviousClock {
  cause: 'first_output' | 'idle' | 'tool_silence';
  limitMs: number;
}

/** Everything that a decision depends on. All durations in milliseconds. */
export interface DecisionRequest {
  jobClass: JobClass;
  tenant: string;
  kind: KindPolicy;
  policy: Policy;
  /** For benches and tests; absent: TUNING. */
  tuning?: Partial<Tuning>;
  /** null: history could not be read; the limits are the static ones of the kind. */
  history: HistoryView | null;
  /** Wall clock. Only compared with the times in `history`. */
  nowMs: number;
  /** Running number of the attempt, from 1. */
  attempt: number;
  /** Deadline of the attempt before, when that one was ended at its deadline. */
  previousDeadlineMs?: number;
  /** The clock that ended the attempt before, when it was none of the total ones. */
  previousClock?: PreviousClock;
  /** Nothing like it has run on this worker lately, so it may have to start up first. */
  coldStart?: ColdStart | undefined;
  /** The worker that runs the attempt; absent: nobody has taken it yet. */
  worker?: string | undefined;
  /** For asking again while the attempt runs: how long it has run. */
  elapsedMs?: number;
  /** Of the submission. A number wins over the estimate, under the caps; "none" over both, but for limits that were asked for. */
  timeoutMs?: Timeout | undefined;
  /** What the submission prefers; absent: balanced. */
  profile?: ProfileName | undefined;
  /** Clocks that the submission named. */
  limits?: { firstOutputMs?: number | undefined; idleMs?: number | undefined; toolMs?: number | undefined };
  /**
   * What is left of each: the longest attempt of the tier, the overall limit, the time until completeBy, the mode. Of a
   * step also its part of the workflow's time, which an extension may go beyond, and the most that it may take of it.
   */
  capsMs?: {
    tier?: number | undefined;
    overall?: number | undefined;
    completeBy?: number | undefined;
    mode?: number | undefined;
    share?: number | undefined;
    budget?: number | undefined;
  };
  /** The attempt ends with the last of its phases: as many as fit, at most so many, each of this length. */
  phases?: { most: number; windowMs: number } | undefined;
}

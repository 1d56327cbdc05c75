import type { KindPolicy, Policy, ProfileName, Timeout } from '@leeway/contract';
import type { JobClass } from '../classify/job-class.js';
import type { HistoryView } from '../history/history-view.js';
import type { ColdStart } from './cold-start.js';
import type { Tuning } from './rules.js';

/** Window whose end stopped an attempt, and its length. */
export interface PreviousClock {
  cause: 'first_output' | 'idle' | 'tool_silence';
  limitMs: number;
}

/** All inputs of a decision. Durations in milliseconds. */
export interface DecisionRequest {
  jobClass: JobClass;
  tenant: string;
  kind: KindPolicy;
  policy: Policy;
  /** For benches and tests; absent: TUNING. */
  tuning?: Partial<Tuning>;
  /** null: history could not be read, so the static limits of the kind apply. */
  history: HistoryView | null;
  /** Wall clock. Only compared with the times in `history`. */
  nowMs: number;
  /** Running number of the attempt, from 1. */
  attempt: number;
  /** Deadline of the previous attempt, if that was ended at it. */
  previousDeadlineMs?: number;
  /** Window for first output or silence that ended the previous attempt. */
  previousClock?: PreviousClock;
  /** Present: no similar work has run on this worker lately, so the attempt may have to start up first. */
  coldStart?: ColdStart | undefined;
  /** Worker of the attempt; absent: no worker has taken it yet. */
  worker?: string | undefined;
  /** For a decision about an extension: age of the attempt. */
  elapsedMs?: number;
  /** Of the submission. A number replaces the estimate; "none" also replaces the limits of tier and kind. */
  timeoutMs?: Timeout | undefined;
  /** Of the submission; absent: balanced. */
  profile?: ProfileName | undefined;
  /** Of the submission. */
  limits?: { firstOutputMs?: number | undefined; idleMs?: number | undefined; toolMs?: number | undefined };
  /**
   * Time left of each limit: longest attempt of the tier, overall limit, completeBy, mode. For a step also its share of the
   * workflow's time, which an extension may exceed, and the most of it that the step may use.
   */
  capsMs?: {
    tier?: number | undefined;
    overall?: number | undefined;
    completeBy?: number | undefined;
    mode?: number | undefined;
    share?: number | undefined;
    budget?: number | undefined;
  };
  /** The attempt ends with its last phase: as many phases of `windowMs` as fit, at most `most`. */
  phases?: { most: number; windowMs: number } | undefined;
}

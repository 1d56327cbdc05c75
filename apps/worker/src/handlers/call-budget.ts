import type { CallLayers } from '../decision/call-layers.js';

/** The time that a handler which calls other services has for its calls. */
export interface CallBudget {
  /** Until the deadline, by the worker's monotonic clock. */
  remainingMs(): number;
  /** Usual duration (p50) of work like this job with another input; null: unknown. */
  usualMs(input: unknown): Promise<number | null>;
  /**
   * True: a deliberate pause before the next call begins. It is no silence of the work: the first-output and idle clocks are
   * paused, the deadline is not. False: the next call begins, and both clocks start anew.
   */
  betweenCalls(is: boolean): void;
  /** The limits that the tier of the job sets for its calls. Absent: only those of the attempt. */
  layers?(): CallLayers;
}

import type { CallLayers } from '../decision/call-layers.js';

/** What a handler that calls others gets to know of the time it has, and tells of the time it waits. */
export interface CallBudget {
  /** Until the deadline, in ms, by the worker's own clock. */
  remainingMs(): number;
  /** What work like this job usually takes with another input (p50), in ms; null: nothing is known of it. */
  usualMs(input: unknown): Promise<number | null>;
  /**
   * True: it waits before it calls again, which is no silence of the work: the clocks for first output and silence stand, the
   * deadline does not. False: it calls again, and these clocks start anew.
   */
  between(calls: boolean): void;
  /** What the tier of the job allows its calls. Absent: whatever the attempt does. */
  layers?(): CallLayers;
}

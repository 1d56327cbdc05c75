import type { Cause, Decision, Outcome } from '@leeway/contract';
import type { JobClass } from '../classify/job-class.js';

/** An attempt that has ended. Durations in milliseconds, monotonic, without paused time. */
export interface EndedAttempt {
  number: number;
  durationMs: number;
  outcome: Outcome;
  cause: Cause | null;
  /** The decision that applied, with the last extension. */
  decision: Decision;
  /** It started from a checkpoint, so it was shorter than the whole work. */
  resumedFromCheckpoint: boolean;
  /** Time from the start to the first output. */
  firstOutputMs?: number;
  /** Longest silence between two outputs, or from the last output to the end. */
  maxGapMs?: number;
  /** Longest silence while a tool was running. */
  maxToolGapMs?: number;
  /** Number of outputs; a gap needs two. */
  outputs: number;
  /** Wait of the job for a worker before this attempt. */
  queuedMs?: number;
  /** Class of the work that ran, if not that of the submission (a fallback model). */
  ranAs?: JobClass;
  worker?: string;
}

/** Counters of a class. `falseKills`: kills at a deadline whose retry succeeded and took longer than that deadline. */
export type ClassCounter = 'succeeded' | 'failed' | 'killed' | 'falseKills' | 'cancelled' | 'lost';

export function killedAtDeadline(attempt: EndedAttempt): boolean {
  return attempt.outcome === 'stopped' && attempt.cause === 'deadline';
}

/** Earlier attempts killed at their deadline that ran the same class as the last one: with a lighter model durations cannot be compared. */
export function killsOfSameWork(attempts: readonly EndedAttempt[], asked: JobClass): EndedAttempt[] {
  const last = attempts.at(-1);
  if (last === undefined) return [];
  const name = classOf(last, asked).name;
  return attempts.slice(0, -1).filter((attempt) => killedAtDeadline(attempt) && classOf(attempt, asked).name === name);
}

/** Class of the work that ran. */
export function classOf(attempt: EndedAttempt, asked: JobClass): JobClass {
  return attempt.ranAs ?? asked;
}

import type { Cause, Decision, Outcome } from '@leeway/contract';
import type { JobClass } from '../classify/job-class.js';

/** One attempt of a job that has ended. Durations in milliseconds, monotonic, without paused time. */
export interface EndedAttempt {
  number: number;
  durationMs: number;
  outcome: Outcome;
  cause: Cause | null;
  /** The one that bound it, with the last extension. */
  decision: Decision;
  /** It went on from a checkpoint, so it was shorter than the whole work. */
  resumedFromCheckpoint: boolean;
  /** From the start to the first output. */
  firstOutputMs?: number;
  /** Longest silence between two outputs, and from the last one to the end. */
  maxGapMs?: number;
  /** Longest silence while a tool was running. */
  maxToolGapMs?: number;
  /** How many outputs there were; a gap needs two. */
  outputs: number;
  /** How long the job waited for a worker before this attempt. */
  queuedMs?: number;
  /** The class of what ran, where that was not what was asked for (a fallback model). */
  ranAs?: JobClass;
  /** The worker that ran it. */
  worker?: string;
}

/** Counters of a class. `falseKills`: kills at a deadline whose retry succeeded and took longer than that deadline. */
export type ClassCounter = 'succeeded' | 'failed' | 'killed' | 'falseKills' | 'cancelled' | 'lost';

/** Whether it was stopped because its time was up. */
export function killedAtDeadline(attempt: EndedAttempt): boolean {
  return attempt.outcome === 'stopped' && attempt.cause === 'deadline';
}

/** Kills of the attempts before the last, as far as the same work ran then: a lighter model judges nothing. */
export function killsOfSameWork(attempts: readonly EndedAttempt[], asked: JobClass): EndedAttempt[] {
  const last = attempts.at(-1);
  if (last === undefined) return [];
  const name = classOf(last, asked).name;
  return attempts.slice(0, -1).filter((attempt) => killedAtDeadline(attempt) && classOf(attempt, asked).name === name);
}

/** Name of the class of what ran. */
export function classOf(attempt: EndedAttempt, asked: JobClass): JobClass {
  return attempt.ranAs ?? asked;
}

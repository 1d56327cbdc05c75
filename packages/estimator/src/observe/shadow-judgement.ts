import type { Decision } from '@leeway/contract';
import { type EndedAttempt, killedAtDeadline, killsOfSameWork } from './ended-attempt.js';
import type { JobClass } from '../classify/job-class.js';

/**
 * Counters of a shadow. `judged`: jobs whose true duration is known. `falseKills`: healthy jobs that its deadline would have
 * ended. `actingFalseKills`: healthy jobs that the real deadline ended. `hung`: attempts that hung. `hungMs`: time that its
 * deadline would have allowed them. `actingHungMs`: time that they had.
 */
export const SHADOW_COUNTERS = ['judged', 'falseKills', 'actingFalseKills', 'hung', 'hungMs', 'actingHungMs'] as const;
export type ShadowCounter = (typeof SHADOW_COUNTERS)[number];
/** Name of the stored counter. */
export type StoredShadowCounter = `shadow:${string}:${ShadowCounter}`;

export interface JudgedJob {
  jobClass: JobClass;
  /** Ended attempts, oldest first. */
  attempts: readonly EndedAttempt[];
  willRetry: boolean;
}

/** Counters to add for the shadows of a job's first deadline; empty: the true duration is not known. */
export function judgeShadows(job: JudgedJob): Partial<Record<StoredShadowCounter, number>> {
  const truth = truthOf(job);
  if (truth === undefined) return {};
  const counters = (truth.decision.shadows ?? []).flatMap(({ name, deadlineMs }) =>
    Object.entries(counted(truth, deadlineMs)).map(([counter, by]): [string, number] => [
      `shadow:${name}:${counter}`,
      by,
    ]),
  );
  return Object.fromEntries(counters.filter(([, by]) => by > 0));
}

/** First decision of a job, with the true duration of the work or the time after which a hang was ended. */
type Truth = { decision: Decision } & ({ tookMs: number } | { hungForMs: number });

/**
 * Known after a success without a checkpoint: a kill before it was a hang if the retry was quicker than the deadline. Known
 * after two kills: a hang. Unknown otherwise (failed, cancelled, a single kill).
 */
function truthOf({ jobClass, attempts, willRetry }: JudgedJob): Truth | undefined {
  const last = attempts.at(-1);
  if (last === undefined) return undefined;
  const firstKill = killsOfSameWork(attempts, jobClass)[0];
  if (last.outcome === 'succeeded' && !last.resumedFromCheckpoint) {
    if (firstKill === undefined) return { decision: last.decision, tookMs: last.durationMs };
    const wrong = last.durationMs > firstKill.decision.deadlineMs;
    return {
      decision: firstKill.decision,
      ...(wrong ? { tookMs: last.durationMs } : { hungForMs: firstKill.durationMs }),
    };
  }
  if (firstKill === undefined || willRetry || !killedAtDeadline(last)) return undefined;
  return { decision: firstKill.decision, hungForMs: firstKill.durationMs };
}

function counted(truth: Truth, deadlineMs: number): Partial<Record<ShadowCounter, number>> {
  if ('hungForMs' in truth)
    return { hung: 1, hungMs: Math.round(deadlineMs), actingHungMs: Math.round(truth.hungForMs) };
  const { tookMs, decision } = truth;
  return { judged: 1, falseKills: tookMs > deadlineMs ? 1 : 0, actingFalseKills: tookMs > decision.deadlineMs ? 1 : 0 };
}

import type { Decision } from '@leeway/contract';
import { type EndedAttempt, killedAtDeadline, killsOfSameWork } from './ended-attempt.js';
import type { JobClass } from '../classify/job-class.js';

/**
 * What is counted for a shadow. `judged`: jobs whose true duration is known; `falseKills`: those it would have ended
 * although they were healthy; `actingFalseKills`: those that the deadline in force ended. `hung`: attempts that hung;
 * `hungMs`: what it would have allowed them; `actingHungMs`: what they were allowed.
 */
export const SHADOW_COUNTERS = ['judged', 'falseKills', 'actingFalseKills', 'hung', 'hungMs', 'actingHungMs'] as const;
export type ShadowCounter = (typeof SHADOW_COUNTERS)[number];
/** Name under which it is stored with the class. */
export type StoredShadowCounter = `shadow:${string}:${ShadowCounter}`;

/** The attempts of a job that have ended so far, oldest first. */
export interface JudgedJob {
  jobClass: JobClass;
  attempts: readonly EndedAttempt[];
  willRetry: boolean;
}

/** What the end of a job shows about the shadows of its first deadline; empty while it shows nothing. */
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

/** The first deadline of a job, and what turned out: how long the work takes, or that the attempt hung. */
type Truth = { decision: Decision } & ({ tookMs: number } | { hungForMs: number });

/**
 * Known after a success from no checkpoint: the attempt that was ended before it hung, if its retry was quicker than the
 * deadline. Known also after two kills. All else (failed, cancelled, a single kill) tells nothing.
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

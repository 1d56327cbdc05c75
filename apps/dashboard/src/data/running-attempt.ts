import { isWithoutTimeout, type Attempt, type Decision, type Job } from '@leeway/contract';

/** `unknown`: nothing was learned, so nobody can say. `overdue`: past its deadline and being ended. `paused`: its clocks stand. */
export type Lateness = 'on_time' | 'late' | 'overdue' | 'unknown' | 'paused';

/** An attempt that is open now, with what its clocks say at one moment. All durations in milliseconds. */
export interface RunningAttempt {
  job: Job;
  attempt: Attempt;
  decision: Decision | null;
  elapsedMs: number;
  /** Only silence ends it, and else the backstop, which is no deadline to look at. */
  isWithoutTimeout: boolean;
  /** From its start to where it is ended, extensions included; null: not known, or without a timeout. */
  deadlineMs: number | null;
  expectedMs: number | null;
  lateMs: number | null;
  /** Until the deadline; never negative; null: not known, or without a timeout. */
  remainingMs: number | null;
  /** Since its worker last vouched for it; null: not yet. */
  heartbeatAgeMs: number | null;
  lateness: Lateness;
}

/** The open attempt of a job as it stands at `nowMs` (wall clock), or undefined when none is open. */
export function runningAttempt(job: Job, nowMs: number): RunningAttempt | undefined {
  const attempt = job.attempts.at(-1);
  if (attempt === undefined || attempt.endedAt !== null || (job.state !== 'running' && job.state !== 'paused')) {
    return undefined;
  }
  const startedMs = Date.parse(attempt.startedAt);
  const decision = attempt.decision ?? job.decision;
  const elapsedMs = Math.max(0, nowMs - startedMs);
  const endsAtMs =
    attempt.deadlineAt === null ? (decision?.deadlineMs ?? null) : Date.parse(attempt.deadlineAt) - startedMs;
  const isEndless = decision !== null && isWithoutTimeout(decision);
  const deadlineMs = isEndless ? null : endsAtMs;
  const lateMs = decision?.lateMs ?? null;
  return {
    job,
    attempt,
    decision,
    elapsedMs,
    isWithoutTimeout: isEndless,
    deadlineMs,
    expectedMs: decision?.expectedMs ?? null,
    lateMs,
    remainingMs: deadlineMs === null || job.state === 'paused' ? null : Math.max(0, deadlineMs - elapsedMs),
    heartbeatAgeMs: attempt.heartbeatAt === null ? null : Math.max(0, nowMs - Date.parse(attempt.heartbeatAt)),
    lateness:
      job.state === 'paused' ? 'paused' : lateness({ elapsedMs, lateMs, deadlineMs: endsAtMs, marked: job.late }),
  };
}

function lateness(facts: {
  elapsedMs: number;
  lateMs: number | null;
  deadlineMs: number | null;
  marked: boolean;
}): Lateness {
  if (facts.deadlineMs !== null && facts.elapsedMs >= facts.deadlineMs) return 'overdue';
  if (facts.marked) return 'late';
  if (facts.lateMs === null) return 'unknown';
  return facts.elapsedMs > facts.lateMs ? 'late' : 'on_time';
}

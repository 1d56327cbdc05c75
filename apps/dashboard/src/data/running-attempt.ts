import { isWithoutTimeout, type Attempt, type Decision, type Job } from '@leeway/contract';

/** `unknown`: nothing was learned to compare with. `overdue`: past its deadline and being ended. `paused`: its time limits are paused. */
export type Lateness = 'on_time' | 'late' | 'overdue' | 'unknown' | 'paused';

/** An open attempt at one moment. All durations in milliseconds. */
export interface RunningAttempt {
  job: Job;
  attempt: Attempt;
  decision: Decision | null;
  elapsedMs: number;
  /** Only silence ends it, or the backstop of the policy, which is not shown as a deadline. */
  isWithoutTimeout: boolean;
  /** From its start, extensions included; null: not known, or without a timeout. */
  deadlineMs: number | null;
  expectedMs: number | null;
  lateMs: number | null;
  /** Until the deadline; never negative; null: not known, or without a timeout. */
  remainingMs: number | null;
  /** Since the newest heartbeat of its worker; null: there was none yet. */
  heartbeatAgeMs: number | null;
  lateness: Lateness;
}

/** The open attempt of a job at `nowMs` (wall clock); undefined: none is open. */
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

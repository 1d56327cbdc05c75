import type { Job } from '@leeway/contract';
import { remaining } from '@leeway/estimator';

/**
 * The job with the end that is to be expected by now: a run that has outlasted its expectation is expected to need longer,
 * so the moment never lies in the past. Of jobs that do not run, and where nothing is known, as it was.
 */
export function withExpectedFinish(job: Job, nowMs: number): Job {
  const attempt = job.attempts.at(-1);
  if (job.state !== 'running' || attempt?.decision == null || attempt.allowedMs === null) return job;
  const { decision, allowedMs, startedAt, deadlineAt } = attempt;
  // Pauses have moved the deadline, so what is left until then says how long its clocks have run.
  const elapsedMs =
    deadlineAt === null ? nowMs - Date.parse(startedAt) : allowedMs - Math.max(0, Date.parse(deadlineAt) - nowMs);
  const left = remaining({ ...decision, deadlineMs: allowedMs }, elapsedMs);
  if (left === null) return job;
  return { ...job, expected: { ...job.expected, finishAt: new Date(nowMs + left.expectedMs).toISOString() } };
}

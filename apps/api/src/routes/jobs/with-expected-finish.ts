import type { Job } from '@leeway/contract';
import { remaining } from '@leeway/estimator';

/**
 * The job with its expected finish as of now: a run that has outlasted its expectation is expected to need longer, so the
 * time is never in the past. Jobs that are not running, or have no expectation, are unchanged.
 */
export function withExpectedFinish(job: Job, nowMs: number): Job {
  const attempt = job.attempts.at(-1);
  if (job.state !== 'running' || attempt?.decision == null || attempt.allowedMs === null) return job;
  const { decision, allowedMs, startedAt, deadlineAt } = attempt;
  // Pauses move the deadline, so the time left until then shows how long the clocks of the attempt have run.
  const elapsedMs =
    deadlineAt === null ? nowMs - Date.parse(startedAt) : allowedMs - Math.max(0, Date.parse(deadlineAt) - nowMs);
  const left = remaining({ ...decision, deadlineMs: allowedMs }, elapsedMs);
  if (left === null) return job;
  return { ...job, expected: { ...job.expected, finishAt: new Date(nowMs + left.expectedMs).toISOString() } };
}

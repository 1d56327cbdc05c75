import type { Decision } from '@leeway/contract';

const LATE_ODDS = 19;
const HALF = 0.5;
const TWENTIETH = 0.05;
/** Least ratio of p95 to p50: with equal quantiles the distribution would be a step. */
const MIN_SPREAD = 1.01;

/**
 * Remaining time of a run of age `elapsedMs`: of the runs that got this far half need at most `expectedMs` more, 19 of 20 at
 * most `lateMs`. Never negative; elapsed + remaining never decreases, and is at most the deadline. Null without history.
 *
 * Durations are taken as log-logistic through p50 and p95: its conditional quantiles have a closed form.
 */
export function remaining(
  decision: Pick<Decision, 'expectedMs' | 'lateMs' | 'deadlineMs'>,
  elapsedMs: number,
): { expectedMs: number; lateMs: number } | null {
  const { expectedMs: medianMs, lateMs, deadlineMs } = decision;
  if (medianMs === null || lateMs === null || !(medianMs > 0)) return null;
  const shape = Math.log(LATE_ODDS) / Math.log(Math.max(MIN_SPREAD, lateMs / medianMs));
  const elapsed = Math.max(0, elapsedMs);
  const odds = (elapsed / medianMs) ** shape;
  const finish = (surviving: number) => medianMs * ((1 + odds) / surviving - 1) ** (1 / shape);
  const left = (surviving: number) => {
    const at = finish(surviving);
    return Math.max(0, Math.min(Number.isFinite(at) ? at : deadlineMs, deadlineMs) - elapsed);
  };
  return { expectedMs: left(HALF), lateMs: left(TWENTIETH) };
}

import type { Decision } from '@leeway/contract';

const LATE_ODDS = 19;
const HALF = 0.5;
const TWENTIETH = 0.05;
/** Where p50 and p95 coincide the curve would be a step; this keeps it a curve. */
const MIN_SPREAD = 1.01;

/**
 * What is left of a run that has lasted `elapsedMs`: half of the runs that got this far need no longer than
 * `expectedMs`, 19 of 20 no longer than `lateMs`. Never negative; elapsed + remaining never moves back; a run that
 * outlasts its expectation is expected to need longer, up to its deadline. Null without history.
 *
 * The durations are taken as log-logistic through p50 and p95, whose conditional quantiles have a closed form.
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

import type { Decision } from '@leeway/contract';
import { showDuration } from './duration.js';

/** How a running attempt is doing against what is usual: elapsed, expected, remaining, and when it will be ended. */
export function pace(elapsedMs: number, decision: Decision | null, deadlineMs = decision?.deadlineMs): string {
  const parts = [`running for ${showDuration(elapsedMs)}`];
  if (decision !== null) parts.push(remaining(elapsedMs, decision));
  if (deadlineMs !== undefined) parts.push(`ended at ${showDuration(deadlineMs)}`);
  return parts.join(' · ');
}

function remaining(elapsedMs: number, { expectedMs, lateMs }: Decision): string {
  if (expectedMs === null) return 'nothing learned of its like yet';
  if (elapsedMs < expectedMs)
    return `usually ${showDuration(expectedMs)}, about ${showDuration(expectedMs - elapsedMs)} left`;
  if (lateMs !== null && elapsedMs >= lateMs) return `late: 19 of 20 take no longer than ${showDuration(lateMs)}`;
  return `longer than the usual ${showDuration(expectedMs)}`;
}

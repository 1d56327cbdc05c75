import { isWithoutTimeout, type Decision } from '@leeway/contract';
import { showDuration } from './duration.js';

export interface Pace {
  elapsedMs: number;
  decision: Decision | null;
  /** From the start; default: as it was decided. */
  deadlineMs?: number | undefined;
  /** What its worker says is left, given how far it is; default: the usual time less what has passed. */
  leftMs?: number | undefined;
  /** What else is to be said; before what a narrow terminal cuts off. */
  words?: readonly string[];
}

/** How a running attempt is doing against what is usual: elapsed, expected, remaining, and when it will be ended. */
export function pace({ elapsedMs, decision, deadlineMs = decision?.deadlineMs, leftMs, words = [] }: Pace): string {
  const parts = [`running for ${showDuration(elapsedMs)}`, ...words];
  if (decision !== null) parts.push(remaining(elapsedMs, decision, leftMs));
  if (decision !== null && isWithoutTimeout(decision)) parts.push('no timeout');
  else if (deadlineMs !== undefined) parts.push(`ended at ${showDuration(deadlineMs)}`);
  return parts.join(' · ');
}

function remaining(elapsedMs: number, { expectedMs, lateMs }: Decision, leftMs: number | undefined): string {
  if (expectedMs === null) return 'nothing learned of its like yet';
  const left = leftMs === undefined ? '' : `, about ${showDuration(leftMs)} left`;
  if (elapsedMs < expectedMs)
    return `usually ${showDuration(expectedMs)}${left || `, about ${showDuration(expectedMs - elapsedMs)} left`}`;
  if (lateMs !== null && elapsedMs >= lateMs)
    return `late: 19 of 20 take no longer than ${showDuration(lateMs)}${left}`;
  return `longer than the usual ${showDuration(expectedMs)}${left}`;
}

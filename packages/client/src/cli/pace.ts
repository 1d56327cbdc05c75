import { durationText, isWithoutTimeout, type Decision, type ProgressReport } from '@leeway/contract';
import { printable } from './printable.js';

export interface Pace {
  elapsedMs: number;
  decision: Decision | null;
  /** From the start; default: as it was decided. */
  deadlineMs?: number | undefined;
  /** Remaining time by the report of its worker; default: the usual time less the elapsed one. */
  leftMs?: number | undefined;
  /** Progress, shown before what a narrow terminal cuts off. */
  progress?: readonly string[];
}

/** A running attempt compared with runs like it: elapsed, usual and remaining time, and its deadline. */
export function pace({ elapsedMs, decision, deadlineMs = decision?.deadlineMs, leftMs, progress = [] }: Pace): string {
  const parts = [`running for ${durationText(elapsedMs)}`, ...progress];
  if (decision !== null) parts.push(remaining(elapsedMs, decision, leftMs));
  if (decision !== null && isWithoutTimeout(decision)) parts.push('no timeout');
  else if (deadlineMs !== undefined) parts.push(`deadline ${durationText(deadlineMs)}`);
  return parts.join(' · ');
}

function remaining(elapsedMs: number, { expectedMs, lateMs }: Decision, leftMs: number | undefined): string {
  if (expectedMs === null) return 'no runs like it yet';
  const left = leftMs === undefined ? '' : `, about ${durationText(leftMs)} left`;
  if (elapsedMs < expectedMs)
    return `usually ${durationText(expectedMs)}${left || `, about ${durationText(expectedMs - elapsedMs)} left`}`;
  if (lateMs !== null && elapsedMs >= lateMs)
    return `late: 19 of 20 take no longer than ${durationText(lateMs)}${left}`;
  return `longer than the usual ${durationText(expectedMs)}${left}`;
}

/** What a report of progress adds: percent, phase, and the reason for silence. */
export function progressText({ percent, percentIs, phase, notice }: ProgressReport): string[] {
  return [
    percent === null ? '' : `${percent} %${percentIs === 'estimated' ? ' (estimated)' : ''}`,
    phase === null ? '' : `phase ${phase.number} of ${phase.of}: ${printable(phase.name)}`,
    notice === null ? '' : `${NOTICES[notice.what]} for ${durationText(notice.forMs)}`,
  ].filter((part) => part !== '');
}

const NOTICES: Record<NonNullable<ProgressReport['notice']>['what'], string> = {
  thinking: 'thinking',
  tool: 'a tool runs',
  silent: 'silent',
  waiting: 'waiting for a person',
};

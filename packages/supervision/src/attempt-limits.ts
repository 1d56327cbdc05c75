import type { Cap, Cause, Decision } from '@leeway/contract';

/**
 * What a supervisor has to know of how long an attempt may take; a `Decision` has all of it. Durations in ms from the start
 * of the attempt; null: no such clock.
 */
export type AttemptLimits = Pick<
  Decision,
  'deadlineMs' | 'hardCapMs' | 'lateMs' | 'firstOutputMs' | 'idleMs' | 'toolMs' | 'caps'
>;

/** The causes with which a clock ends an attempt. */
export type ClockCause = Extract<
  Cause,
  'deadline' | 'first_output' | 'idle' | 'tool_silence' | 'overall' | 'complete_by' | 'budget_exhausted'
>;

/** The limits of the clocks of one attempt, in ms from its start; null: no such clock. */
export interface ClockLimits {
  deadlineMs: number;
  firstOutputMs: number | null;
  idleMs: number | null;
  toolMs: number | null;
  /** The cause with which the deadline ends the attempt. */
  deadlineCause: ClockCause;
  /** The one clock that a pause does not stop; null: no completeBy. */
  completeInMs: number | null;
}

/** Larger clocks that a deadline may come from. */
const CAUSE_OF_CAP: Partial<Record<Cap['name'], ClockCause>> = {
  overall: 'overall',
  complete_by: 'complete_by',
  mode: 'budget_exhausted',
  share: 'budget_exhausted',
  budget: 'budget_exhausted',
};

/** The clocks of an attempt. A deadline that a larger clock cut short ends the attempt with the cause of that clock. */
export function clockLimits(limits: AttemptLimits): ClockLimits {
  const { deadlineMs, firstOutputMs, idleMs, toolMs, caps } = limits;
  const completeBy = caps.find(({ name }) => name === 'complete_by');
  const larger = caps.find((cap) => CAUSE_OF_CAP[cap.name] !== undefined && decides(cap, deadlineMs));
  return {
    deadlineMs,
    firstOutputMs,
    idleMs,
    toolMs,
    deadlineCause: (larger && CAUSE_OF_CAP[larger.name]) ?? 'deadline',
    completeInMs: completeBy?.limitMs ?? null,
  };
}

/**
 * Whether a cap decides a deadline, which may have been extended since: beyond the share of a step the learned deadline
 * decides, or all that the steps behind it leave.
 */
function decides({ name, bit, limitMs }: Cap, deadlineMs: number): boolean {
  if (name === 'share') return bit && deadlineMs <= limitMs;
  return bit || (name === 'budget' && Math.ceil(deadlineMs) >= Math.floor(limitMs));
}

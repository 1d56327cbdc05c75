import type { Cause, Decision, Outcome } from '@leeway/contract';
import type { AttemptLimits } from './attempt-limits.js';
import type { ClockReadings, Expiry } from './clocks.js';
import { HandlerError } from './handler-error.js';

/**
 * Why an attempt is asked to stop; the `reason` of its abort signal. `released`: this worker shuts down, and another one
 * takes the job. `lost`: another worker has the job already, so that the result of this attempt does not count.
 */
export interface StopReason {
  readonly cause: Cause | 'released' | 'lost';
  readonly message: string;
}

/** How a supervised run ended. */
export interface RunResult<Limits extends AttemptLimits = Decision> {
  outcome: Extract<Outcome, 'succeeded' | 'failed' | 'stopped' | 'cancelled' | 'released' | 'lost'>;
  /** Without the time of pauses. */
  durationMs: number;
  /** What the handler returned, or left when it failed or was stopped. */
  value?: unknown;
  error?: unknown;
  /** The clock that ended it. */
  expiry?: Expiry;
  reason?: StopReason;
  /** The handler ignored its abort and still runs in this process. */
  abandoned: boolean;
  /** Of an abandoned handler: resolves when it has ended after all; perhaps never. */
  settledLater?: Promise<unknown>;
  readings: ClockReadings;
  /** With the last extension, and the idle window that held at the end. */
  decision: Limits;
}

/** What a handler returned or threw; undefined: it has not settled within the grace. */
export type Settled = { value?: unknown; error?: unknown } | undefined;

export interface RunResultParts<Limits extends AttemptLimits> extends Pick<
  RunResult<Limits>,
  'durationMs' | 'readings' | 'decision'
> {
  /** Why it was asked to stop; undefined: it ended by itself. */
  reason: StopReason | undefined;
  expiry: Expiry | undefined;
  /** Its work was done before it was asked to stop, or before the stop could reach it. */
  completed: boolean;
}

export function resultOf<Limits extends AttemptLimits>(
  settled: Settled,
  parts: RunResultParts<Limits>,
): RunResult<Limits> {
  const { reason, expiry, completed, ...measured } = parts;
  const failed = settled !== undefined && 'error' in settled;
  const value = failed ? leftBehind(settled.error) : settled?.value;
  const common = { ...measured, abandoned: settled === undefined, value };
  if (reason === undefined || (completed && mayCount(reason) && settled !== undefined))
    return failed ? { ...common, outcome: 'failed', error: settled.error } : { ...common, outcome: 'succeeded' };
  return { ...common, outcome: stopOutcome(reason), reason, ...(expiry === undefined ? {} : { expiry }) };
}

/** Work that was done before the stop counts, unless the job was cancelled or another worker has it. */
function mayCount({ cause }: StopReason): boolean {
  return cause !== 'cancelled' && cause !== 'lost';
}

function stopOutcome({ cause }: StopReason): RunResult['outcome'] {
  return cause === 'cancelled' || cause === 'released' || cause === 'lost' ? cause : 'stopped';
}

function leftBehind(error: unknown): unknown {
  return error instanceof HandlerError ? error.result : undefined;
}

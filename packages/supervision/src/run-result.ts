import type { Decision, Outcome } from '@leeway/contract';
import type { ClockReadings, Expiry } from './clocks.js';
import { HandlerError } from './handler-error.js';
import type { StopReason } from './stop-reason.js';

/** How a supervised run ended. */
export interface RunResult {
  outcome: Extract<Outcome, 'succeeded' | 'failed' | 'stopped' | 'cancelled' | 'released' | 'lost'>;
  durationMs: number;
  /** What the handler returned, or left when it failed or was stopped. */
  value?: unknown;
  error?: unknown;
  /** The clock that ended it. */
  expiry?: Expiry;
  reason?: StopReason;
  /** It ignored its abort and runs on in this process. */
  abandoned: boolean;
  /** The leash was still ending its processes when the grace was over: a busy machine, or a large tree. */
  beingEnded?: true;
  /** The handler was never called. */
  unstarted?: true;
  /** Of an abandoned handler: resolves when it has ended after all; perhaps never. */
  settledLater?: Promise<unknown>;
  readings: ClockReadings;
  /** With the last extension, and the idle window that held at the end. */
  decision: Decision;
}

/** What a handler came to; undefined: it has not settled within the grace. */
export type Settled = { value?: unknown; error?: unknown } | undefined;

export interface RunResultParts extends Pick<RunResult, 'durationMs' | 'readings' | 'decision'> {
  /** Why it was asked to stop; undefined: it ended by itself. */
  reason: StopReason | undefined;
  expiry: Expiry | undefined;
  /** Its work was done before it was asked to stop, or before it could hear of it. */
  completed: boolean;
}

export function resultOf(settled: Settled, parts: RunResultParts): RunResult {
  const { reason, expiry, completed, ...measured } = parts;
  const failed = settled !== undefined && 'error' in settled;
  const value = failed ? leftBehind(settled.error) : settled?.value;
  const common = { ...measured, abandoned: settled === undefined, value };
  if (reason === undefined || (completed && mayCount(reason) && settled !== undefined))
    return failed ? { ...common, outcome: 'failed', error: settled.error } : { ...common, outcome: 'succeeded' };
  return { ...common, outcome: stopOutcome(reason), reason, ...(expiry === undefined ? {} : { expiry }) };
}

/** Work that was done before the stop counts, unless somebody wanted it gone or another worker has the job. */
function mayCount({ cause }: StopReason): boolean {
  return cause !== 'cancelled' && cause !== 'lost';
}

function stopOutcome({ cause }: StopReason): RunResult['outcome'] {
  return cause === 'cancelled' || cause === 'released' || cause === 'lost' ? cause : 'stopped';
}

function leftBehind(error: unknown): unknown {
  return error instanceof HandlerError ? error.result : undefined;
}

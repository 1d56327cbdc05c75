import { constants } from 'node:os';
import type { Cause, Job } from '@leeway/contract';

/** Exit codes of the `leeway` command itself; the exit code of a job is used unchanged. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  /** A time limit ended the job; the number that timeout(1) uses. */
  timedOut: 124,
  /** `leeway run` itself failed: the API was away or refused the job. */
  leewayFailed: 125,
  /** The job was cancelled, as after Ctrl-C. */
  cancelled: 130,
} as const;

const TIME_LIMITS: readonly Cause[] = [
  'deadline',
  'first_output',
  'idle',
  'tool_silence',
  'queue_wait',
  'overall',
  'complete_by',
  'budget_exhausted',
];
const SIGNAL_BASE = 128;

/** The exit code for an ended job. */
export function exitCodeOf(job: Job): number {
  if (job.state === 'succeeded') return EXIT.ok;
  if (job.state === 'cancelled') return EXIT.cancelled;
  if (job.cause !== null && TIME_LIMITS.includes(job.cause)) return EXIT.timedOut;
  return job.cause === 'error' ? commandExitCode(job.result) : EXIT.failed;
}

/** The exit code of a command that failed by itself, or 128 + the number of the signal that ended it, as in shells. */
function commandExitCode(result: unknown): number {
  const { exitCode, signal } = (result ?? {}) as { exitCode?: unknown; signal?: unknown };
  if (typeof exitCode === 'number' && exitCode !== 0) return exitCode;
  const number = typeof signal === 'string' ? constants.signals[signal as NodeJS.Signals] : undefined;
  return number === undefined ? EXIT.failed : SIGNAL_BASE + number;
}

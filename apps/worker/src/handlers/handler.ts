import type { CallBudget } from './call-budget.js';
import type { OutputStream, StreamPart } from '@leeway/supervision';

/** The part of a pino logger that handlers use. */
export interface HandlerLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What the supervisor gives a handler for one attempt. Calls after the attempt has ended do nothing. */
export interface HandlerContext {
  /**
   * Aborted when a clock, a cancel or a shutdown ends the attempt; `signal.reason` is a StopReason. The handler then
   * ends its work and returns what it has, which is kept as the partial result, or throws.
   */
  readonly signal: AbortSignal;
  readonly jobId: string;
  /** `<job id>.<attempt>`. */
  readonly attemptId: string;
  /** Counted from 1. */
  readonly attempt: number;
  /** Milliseconds between the abort and being abandoned; 0 after an abort because the attempt was lost. */
  readonly graceMs: number;
  /** What the latest attempt that called `checkpoint` left; undefined on a fresh start. */
  readonly lastCheckpoint: unknown;
  readonly log: HandlerLog;
  /** Epoch milliseconds; moves when the attempt is extended. */
  deadline(): number;
  /** Epoch milliseconds that no extension goes beyond. */
  latestDeadline(): number;
  /** Evidence of progress: resets the idle clock. */
  activity(): void;
  /** Output as it comes. Counts as activity; the first call stops the first-output clock. */
  output(chunk: Uint8Array | string, stream?: OutputStream): void;
  /** Any JSON value that tells how far the work is. Counts as activity. */
  progress(value: unknown): void;
  /** Asks for more time, in milliseconds from now on the deadline. False: the hard cap does not allow it. */
  extend(ms: number): boolean;
  /** A tool runs from now on (true), or no more (false): meanwhile the idle clock stands and the tool clock runs. */
  tool(running: boolean): void;
  /** Any JSON value that the next attempt can go on from. */
  checkpoint(value: unknown): void;
  /**
   * Waits for a person from now on (true), or no more (false): meanwhile the clocks stand, all but completeBy, for
   * `limits.maxPauseMs` in all. False: that is used up, and the clocks run.
   */
  waiting(waits: boolean, reason?: string): boolean;
  /**
   * The next phase begins, or a later one by name; what is left of the windows before it goes to those to come. False:
   * there is no such phase ahead, which is no error: not every job has phases.
   */
  phase(name?: string): boolean;
  /** What the stream says besides output, for whoever reads it. No activity by itself. */
  heard(part: StreamPart): void;
  /**
   * The work is done; only the end of a process is missing. A stop from here on takes nothing back, unless it is a cancel
   * or the attempt was lost. Calls after the stop have no effect.
   */
  complete(): void;
  /**
   * The work had ended by itself before a stop could reach it: what the handler returns or throws is what the work came to,
   * unless it was cancelled or the attempt was lost. Absent where the handler has a process of its own.
   */
  alreadyEnded?(): void;
  /** For handlers that call others; absent where the handler has a process of its own. */
  readonly callBudget?: CallBudget;
}

/** Runs the jobs of one kind. */
export interface Handler {
  readonly kind: string;
  /** Its code runs on the worker's main loop, and can hold it up or break it. Absent: it runs elsewhere. */
  readonly inProcess?: true;
  /** The same work in a process of its own, for a job that may be what ends its workers. */
  readonly apart?: Handler;
  /** The leash runs its work and ends it for real, however long that takes: it holds nothing of the worker's. */
  readonly leashed?: true;
  /** Returns the result of the job, a JSON value. Throws HandlerError, DoNotRetryError or any other error to fail. */
  run(input: unknown, context: HandlerContext): Promise<unknown>;
  /** Stops the work of an attempt where it stands; false: it cannot be. Absent: this kind cannot be paused while it runs. */
  pause?(attemptId: string): Promise<boolean>;
  resume?(attemptId: string): Promise<boolean>;
  /** Called once when the worker stops, after the last `run` has ended or was abandoned. */
  close?(): Promise<void>;
}

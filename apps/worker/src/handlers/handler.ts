import type { OutputStream, StreamPart } from '@leeway/supervision';
import type { CallBudget } from './call-budget.js';

/** The methods of a pino logger that handlers use. */
export interface HandlerLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** The supervisor's side of one attempt, as its handler sees it. Calls after the end of the attempt have no effect. */
export interface HandlerContext {
  /**
   * Aborted when a clock, a cancel or a shutdown ends the attempt; `signal.reason` is a StopReason. The handler then
   * ends its work and returns what it has, which is kept as the partial result, or throws.
   */
  readonly signal: AbortSignal;
  readonly jobId: string;
  /** `<job id>.<attempt>`. */
  readonly attemptId: string;
  /** From 1. */
  readonly attempt: number;
  /** Milliseconds from the abort until the handler is abandoned; 0 after an abort with the cause `lost`. */
  readonly graceMs: number;
  /** The value of the latest `checkpoint` of an earlier attempt; undefined: there is none. */
  readonly lastCheckpoint: unknown;
  readonly log: HandlerLog;
  /** Epoch milliseconds; changes when the attempt is extended. */
  deadline(): number;
  /** Epoch milliseconds; no extension goes beyond. */
  latestDeadline(): number;
  /** Evidence of progress: resets the idle clock. */
  activity(): void;
  /** A chunk of output. Counts as activity; the first call stops the first-output clock. Default stream: `text`. */
  output(chunk: Uint8Array | string, stream?: OutputStream): void;
  /** The state of the work, any JSON value. Counts as activity. */
  progress(value: unknown): void;
  /** Asks for `ms` milliseconds beyond the present deadline. False: the hard cap allows none. */
  extend(ms: number): boolean;
  /** True: a tool runs from now on, so the idle clock is paused and the tool clock runs. False: it has ended. */
  tool(running: boolean): void;
  /** Any JSON value from which the next attempt can continue. Counts as activity. */
  checkpoint(value: unknown): void;
  /**
   * True: the attempt waits for a person from now on, so all clocks but `completeBy` are paused, for `limits.maxPauseMs` over the
   * whole attempt. False: it works again. Returns false when that time is used up and the clocks run.
   */
  waiting(waits: boolean, reason?: string): boolean;
  /**
   * Begins the next phase, or a later one by name; the unused part of earlier windows goes to the later ones. False: there is
   * no such phase ahead, which is no error, since not every job has phases.
   */
  phase(name?: string): boolean;
  /** A part of the stream that is no output, for the monitor. No activity by itself. */
  streamPart(part: StreamPart): void;
  /**
   * The work is done and only its process has not exited yet. A later stop leaves the result valid, unless it is a cancel or the
   * attempt was lost. No effect after a stop.
   */
  complete(): void;
  /**
   * The work had ended by itself before a stop reached it: the handler's return value or error is the outcome of the attempt,
   * unless it was cancelled or lost. Absent in a child process.
   */
  alreadyEnded?(): void;
  /** For handlers that call other services. Absent in a child process. */
  readonly callBudget?: CallBudget;
}

/** Runs the jobs of one kind. */
export interface Handler {
  readonly kind: string;
  /** Its code runs on the worker's main loop, and can block or crash it. Absent: it runs elsewhere. */
  readonly inProcess?: true;
  /** The same work in a child process, for a job that may be crashing its workers. */
  readonly isolated?: Handler;
  /** Its work runs under the leash, which ends it reliably, however long that takes: an abandoned attempt holds no resources of the worker. */
  readonly leashed?: true;
  /** Returns the result of the job, a JSON value. Fails by throwing HandlerError, DoNotRetryError or any other error. */
  run(input: unknown, context: HandlerContext): Promise<unknown>;
  /** Suspends the work of an attempt; false: it cannot be suspended now. Absent: running jobs of this kind cannot be paused. */
  pause?(attemptId: string): Promise<boolean>;
  resume?(attemptId: string): Promise<boolean>;
  /** Called once when the worker stops, after the last `run` has ended or was abandoned. */
  close?(): Promise<void>;
}

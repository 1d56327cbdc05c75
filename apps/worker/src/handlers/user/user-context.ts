import type { HandlerContext } from '../handler.js';
import { jsonValue } from './json-value.js';

/** Writes to the worker's log: a message, or fields and a message. */
export type UserLogLine = (fieldsOrMessage: object | string, message?: string) => void;

/**
 * The second argument of a user's handler: reports to Leeway, and facts of the attempt. Its functions need no `this`, so they can
 * be destructured. They never wait for Redis, and after the end of the attempt they have no effect.
 */
export interface UserContext {
  /**
   * Aborted when the attempt has to end: at its deadline, on cancel, on shutdown. `signal.reason` is `{ cause, message }`; the
   * cause is that of the job, `released` on shutdown, or `lost` where another worker has the job already. Return what there is
   * by then, or throw: `graceMs` later the handler is abandoned, or its process killed where it is isolated.
   */
  readonly signal: AbortSignal;
  readonly jobId: string;
  /** `<job id>.<attempt>`; never used twice, so it serves to make side effects idempotent. */
  readonly attemptId: string;
  /** From 1. Attempts lost with their worker count, too. */
  readonly attempt: number;
  /** From the abort until the handler is abandoned, in milliseconds. */
  readonly graceMs: number;
  /** When the attempt ends, in milliseconds since 1970. It changes with every extension, so it is not to be destructured. */
  readonly deadline: number;
  /** The last value that an earlier attempt gave to `checkpoint`; undefined: there is none. */
  readonly lastCheckpoint: unknown;
  /** Lines of the worker's log, with the attempt id in their fields. */
  readonly log: {
    readonly debug: UserLogLine;
    readonly info: UserLogLine;
    readonly warn: UserLogLine;
    readonly error: UserLogLine;
  };
  /** Evidence of progress: resets the idle clock, where the job has one. */
  activity(): void;
  /**
   * The state of the work, shown with the job: any JSON value of up to `retention.resultBytes`; `{ percent }` (0 to 100) and
   * `{ done, of }` are shown as a percentage. Counts as activity. Throws TypeError for another value.
   */
  progress(value: unknown): void;
  /**
   * A chunk of output, stored and streamed. Counts as activity; the first one stops the first-output clock. Throws TypeError
   * unless it is a string or bytes (UTF-8).
   */
  output(chunk: string | Uint8Array): void;
  /**
   * Asks for `ms` milliseconds beyond the present deadline. It gets as many as the hard cap of the job allows; read `deadline`
   * for the outcome. False: none. Throws RangeError unless `ms` is positive and finite.
   */
  extend(ms: number): boolean;
  /** True: a tool runs from now on, so the idle clock is paused and the tool clock (`limits.toolMs`) runs. False: it has ended. */
  tool(running: boolean): void;
  /**
   * True: the attempt waits for a person from now on, so all its clocks but `completeBy` are paused, for `limits.maxPauseMs` of the
   * policy over the whole attempt. False: it works again. Returns false when that time is used up and the clocks run; in an
   * isolated handler always true. Throws TypeError for a reason that is no string.
   */
  waiting(waits: boolean, reason?: string): boolean;
  /**
   * Begins the next phase, or a later one by name; the unused part of earlier windows goes to the later ones. Returns false when
   * there is no such phase ahead, as in a job without phases; in an isolated handler always true. Throws TypeError for a name
   * that is no string.
   */
  phase(name?: string): boolean;
  /**
   * A JSON value of up to `retention.resultBytes` from which the next attempt can continue, as its `lastCheckpoint`; it replaces
   * the one before. Counts as activity. Stored with a short delay, and not while Redis is away. Throws TypeError for another value.
   */
  checkpoint(value: unknown): void;
}

export interface UserHandlerLimits {
  /** Largest result, progress value or checkpoint, in bytes of JSON. */
  maxValueBytes: number;
}

export function userContext(context: HandlerContext, { maxValueBytes }: UserHandlerLimits): UserContext {
  const json = (value: unknown, what: string) => jsonValue(value, { what, maxBytes: maxValueBytes });
  const { signal, jobId, attemptId, attempt, graceMs, lastCheckpoint } = context;
  return {
    signal,
    jobId,
    attemptId,
    attempt,
    graceMs,
    lastCheckpoint: lastCheckpoint ?? undefined,
    get deadline() {
      return context.deadline();
    },
    log: {
      debug: logLine(context, 'debug'),
      info: logLine(context, 'info'),
      warn: logLine(context, 'warn'),
      error: logLine(context, 'error'),
    },
    activity: () => context.activity(),
    progress: (value) => context.progress(json(value, 'the progress value')),
    output: (chunk) => context.output(checkedChunk(chunk), 'text'),
    extend: (ms) => context.extend(checkedMs(ms)),
    tool: (running) => context.tool(running),
    waiting: (waits, reason) => context.waiting(waits, checkedText(reason, 'waiting() takes the reason as a string')),
    phase: (name) => context.phase(checkedText(name, 'phase() takes the name of a phase as a string, or no argument')),
    checkpoint: (value) => context.checkpoint(json(value, 'the checkpoint')),
  };
}

function logLine(context: HandlerContext, level: keyof HandlerContext['log']): UserLogLine {
  return (first, message) =>
    typeof first === 'string' ? context.log[level]({}, first) : context.log[level](first, message ?? '');
}

function checkedChunk(chunk: unknown): string | Uint8Array {
  if (typeof chunk === 'string' || chunk instanceof Uint8Array) return chunk;
  throw new TypeError(`output() takes a string or a Uint8Array; got a ${typeof chunk}`);
}

function checkedText(text: unknown, expected: string): string | undefined {
  if (text === undefined || typeof text === 'string') return text;
  throw new TypeError(`${expected}; got a ${typeof text}`);
}

function checkedMs(ms: unknown): number {
  if (typeof ms === 'number' && ms > 0 && Number.isFinite(ms)) return ms;
  throw new RangeError(`extend() takes a positive number of milliseconds; got ${String(ms)}`);
}

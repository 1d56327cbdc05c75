import type { HandlerContext } from '../handler.js';
import { jsonValue } from './json-value.js';

/** Writes to the worker's log: a message, or fields and a message. */
export type UserLogLine = (fieldsOrMessage: object | string, message?: string) => void;

/** What a user's handler gets beside its input. Every function can be taken out of it and called alone. */
export interface UserContext {
  /** Aborted when the attempt has to end: at its deadline, on cancel, on shutdown. `signal.reason` is `{ cause, message }`. */
  readonly signal: AbortSignal;
  readonly jobId: string;
  /** `<job id>.<attempt>`; never used twice, so good for making side effects idempotent. */
  readonly attemptId: string;
  /** Counted from 1. */
  readonly attempt: number;
  /** Milliseconds between the abort and being abandoned. */
  readonly graceMs: number;
  /** When the attempt is ended, in milliseconds since 1970. Outbox when it is extended: read it again. */
  readonly deadline: number;
  /** What an earlier attempt left with `checkpoint`; undefined: none did. */
  readonly lastCheckpoint: unknown;
  readonly log: {
    readonly debug: UserLogLine;
    readonly info: UserLogLine;
    readonly warn: UserLogLine;
    readonly error: UserLogLine;
  };
  /** "I am working": resets the idle clock, where the job has one. */
  activity(): void;
  /** How far it is: any JSON value, shown with the job. Counts as activity. Throws TypeError for anything else. */
  progress(value: unknown): void;
  /** Output as it comes, kept and streamed. Counts as activity. Throws TypeError unless it is text or bytes. */
  output(chunk: string | Uint8Array): void;
  /** Asks for so many milliseconds more. False: the hard cap of the job does not allow it. Throws RangeError unless positive. */
  extend(ms: number): boolean;
  /** A tool runs from now on (true), or no more (false): meanwhile the idle clock stands and the tool clock runs. */
  tool(running: boolean): void;
  /**
   * Waits for a person from now on (true), or no more (false): meanwhile the clocks stand, all but `completeBy`. False:
   * it has waited for as long as it may, and its clocks run.
   */
  waiting(waits: boolean, reason?: string): boolean;
  /**
   * The next phase begins, or a later one by name; what is left of the time until there goes to those to come. False:
   * there is no such phase ahead; not every job has phases.
   */
  phase(name?: string): boolean;
  /** Leaves a JSON value for the next attempt, should there be one. Counts as activity. Throws TypeError for anything else. */
  checkpoint(value: unknown): void;
}

export interface UserHandlerLimits {
  /** Bytes that a result, a progress value or a checkpoint has at most, as JSON. */
  maxValueBytes: number;
}

export function userContext(context: HandlerContext, { maxValueBytes }: UserHandlerLimits): UserContext {
  const json = (value: unknown, what: string) => jsonValue(value, { what, maxBytes: maxValueBytes });
  const { signal, jobId, attemptId, attempt, graceMs, lastCheckpoint, log } = context;
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
      debug: logLine(log, 'debug'),
      info: logLine(log, 'info'),
      warn: logLine(log, 'warn'),
      error: logLine(log, 'error'),
    },
    activity: () => context.activity(),
    progress: (value) => context.progress(json(value, 'the progress value')),
    output: (chunk) => context.output(checkedChunk(chunk), 'text'),
    extend: (ms) => context.extend(checkedMs(ms)),
    tool: (running) => context.tool(running),
    waiting: (waits, reason) =>
      context.waiting(waits, checkedText(reason, 'waiting() takes a text that says what it waits for')),
    phase: (name) => context.phase(checkedText(name, 'phase() takes the name of a phase, or nothing')),
    checkpoint: (value) => context.checkpoint(json(value, 'the checkpoint')),
  };
}

function logLine(log: HandlerContext['log'], level: keyof HandlerContext['log']): UserLogLine {
  return (first, message) => (typeof first === 'string' ? log[level]({}, first) : log[level](first, message ?? ''));
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

import type { OutputStream, StopReason } from '@leeway/supervision';
import type { HandlerContext, HandlerLog } from '../../handler.js';
import type { LineChannel } from '../line-channel.js';
import type { DeadlineFacts, FromChild, StartMessage, ToChild } from '../messages.js';
import { logFields } from './log-fields.js';

/** Activity within this many milliseconds of the last one says nothing new. */
const ACTIVITY_EVERY_MS = 20;
/** With so many bytes waiting for the worker only the newest progress and checkpoint are kept. */
const BACKLOG_BYTES = 256 * 1024;
/** Characters of output in one message. */
const PIECE_CHARS = 32 * 1024;
/** Characters of a line in the worker's log. */
const LOG_MOST = 2_000;

type Newest = Extract<FromChild, { type: 'progress' | 'checkpoint' }>;

/**
 * The context of a handler whose supervisor lives in another process. Calls are passed on and not waited for; the
 * deadline is a copy that the worker keeps fresh. However much a handler reports, little of it waits here.
 */
export class RemoteContext implements HandlerContext {
  readonly signal: AbortSignal;
  readonly jobId: string;
  readonly attemptId: string;
  readonly attempt: number;
  readonly graceMs: number;
  readonly lastCheckpoint: unknown;
  readonly log: HandlerLog;
  readonly #controller = new AbortController();
  readonly #newest = new Map<Newest['type'], Newest>();
  readonly #decoder = new TextDecoder();
  #deadlines: DeadlineFacts;
  #outputBytes = 0;
  #activityMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly start: StartMessage,
    private readonly channel: LineChannel<ToChild, FromChild>,
  ) {
    const { facts, deadlineAt, latestAt } = start;
    this.#deadlines = { deadlineAt, latestAt };
    this.signal = this.#controller.signal;
    this.jobId = facts.jobId;
    this.attemptId = facts.attemptId;
    this.attempt = facts.attempt;
    this.graceMs = facts.graceMs;
    this.lastCheckpoint = facts.lastCheckpoint;
    const line = (level: keyof HandlerLog) => (fields: object, message: string) =>
      channel.send({ type: 'log', level, fields: logFields(fields), message: message.slice(0, LOG_MOST) });
    this.log = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
    channel.onDrained(() => this.flush());
  }

  abort(reason: StopReason): void {
    this.#controller.abort(reason);
  }

  moveDeadline(deadlines: DeadlineFacts): void {
    this.#deadlines = { deadlineAt: deadlines.deadlineAt, latestAt: deadlines.latestAt };
  }

  /** Sends what was held back while the worker was slower. */
  flush(): void {
    for (const message of this.#newest.values()) this.channel.send(message);
    this.#newest.clear();
  }

  deadline(): number {
    return this.#deadlines.deadlineAt;
  }

  latestDeadline(): number {
    return this.#deadlines.latestAt;
  }

  activity(): void {
    const nowMs = performance.now();
    if (nowMs - this.#activityMs < ACTIVITY_EVERY_MS) return;
    this.#activityMs = nowMs;
    this.channel.send({ type: 'activity' });
  }

  /** What is beyond the size that is kept would be dropped by the worker: it is told of activity instead. */
  output(chunk: Uint8Array | string, stream: OutputStream = 'text'): void {
    const text = typeof chunk === 'string' ? chunk : this.#decoder.decode(chunk, { stream: true });
    for (let at = 0; at < text.length; at += PIECE_CHARS) {
      if (this.#outputBytes > this.start.limits.maxOutputBytes) return this.activity();
      const piece = text.slice(at, at + PIECE_CHARS);
      this.#outputBytes += Buffer.byteLength(piece);
      this.channel.send({ type: 'output', text: piece, stream });
    }
  }

  progress(value: unknown): void {
    this.#sendNewest({ type: 'progress', value });
  }

  checkpoint(value: unknown): void {
    this.#sendNewest({ type: 'checkpoint', value });
  }

  extend(ms: number): boolean {
    const { deadlineAt, latestAt } = this.#deadlines;
    const movedTo = Math.min(deadlineAt + ms, latestAt);
    if (this.signal.aborted || movedTo <= deadlineAt) return false;
    this.#deadlines = { deadlineAt: movedTo, latestAt };
    this.channel.send({ type: 'extend', ms });
    return true;
  }

  tool(running: boolean): void {
    this.channel.send({ type: 'tool', running });
  }

  /** Whether there is time left to wait is known to the worker alone. */
  waiting(waits: boolean, reason?: string): boolean {
    this.channel.send({ type: 'waiting', waits, ...(reason === undefined ? {} : { reason }) });
    return true;
  }

  /** Which phases there are is known to the worker alone. */
  phase(name?: string): boolean {
    this.channel.send({ type: 'phase', ...(name === undefined ? {} : { name }) });
    return true;
  }

  /** Not offered to users' handlers, which are the only ones that run in a process of their own. */
  heard(): void {}

  complete(): void {}

  #sendNewest(message: Newest): void {
    if (this.channel.backlogBytes > BACKLOG_BYTES) this.#newest.set(message.type, message);
    else this.channel.send(message);
  }
}

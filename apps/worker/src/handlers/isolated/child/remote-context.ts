import type { OutputStream, StopReason } from '@leeway/supervision';
import type { HandlerContext, HandlerLog } from '../../handler.js';
import type { LineChannel } from '../line-channel.js';
import type { Deadlines, FromChild, StartMessage, ToChild } from '../messages.js';

/** Activity within this time of the last one is not sent: it would change nothing. */
const ACTIVITY_EVERY_MS = 20;
/** With a larger backlog only the newest progress and the newest checkpoint are kept. */
const BACKLOG_BYTES = 256 * 1024;
/** Longest output of one message. */
const CHUNK_CHARS = 32 * 1024;
/** Longest message of a log line. */
const MAX_LOG_CHARS = 2_000;
/** Longest JSON of the fields of a log line. */
const MAX_FIELDS_CHARS = 16 * 1024;

type Newest = Extract<FromChild, { type: 'progress' | 'checkpoint' }>;

/**
 * The context of a handler whose supervisor is in another process. Calls are sent without waiting for a reply; the deadline is
 * a copy that the worker keeps up to date. The backlog is bounded, however much a handler reports.
 */
export class RemoteContext implements HandlerContext {
  readonly signal: AbortSignal;
  readonly jobId: string;
  readonly attemptId: string;
  readonly attempt: number;
  readonly graceMs: number;
  readonly lastCheckpoint: unknown;
  readonly log: HandlerLog;
  private readonly controller = new AbortController();
  private readonly newest = new Map<Newest['type'], Newest>();
  private readonly decoder = new TextDecoder();
  private deadlines: Deadlines;
  private outputBytes = 0;
  private lastActivityMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly start: StartMessage,
    private readonly channel: LineChannel<ToChild, FromChild>,
  ) {
    const { facts, deadlineAt, latestAt } = start;
    this.deadlines = { deadlineAt, latestAt };
    this.signal = this.controller.signal;
    this.jobId = facts.jobId;
    this.attemptId = facts.attemptId;
    this.attempt = facts.attempt;
    this.graceMs = facts.graceMs;
    this.lastCheckpoint = facts.lastCheckpoint;
    const line = (level: keyof HandlerLog) => (fields: object, message: string) =>
      channel.send({ type: 'log', level, fields: logFields(fields), message: message.slice(0, MAX_LOG_CHARS) });
    this.log = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
    channel.onDrained(() => this.flush());
  }

  abort(reason: StopReason): void {
    this.controller.abort(reason);
  }

  setDeadlines({ deadlineAt, latestAt }: Deadlines): void {
    this.deadlines = { deadlineAt, latestAt };
  }

  /** Sends what the backlog has held back. */
  flush(): void {
    for (const message of this.newest.values()) this.channel.send(message);
    this.newest.clear();
  }

  deadline(): number {
    return this.deadlines.deadlineAt;
  }

  latestDeadline(): number {
    return this.deadlines.latestAt;
  }

  activity(): void {
    const nowMs = performance.now();
    if (nowMs - this.lastActivityMs < ACTIVITY_EVERY_MS) return;
    this.lastActivityMs = nowMs;
    this.channel.send({ type: 'activity' });
  }

  /** Output beyond the stored size would be dropped by the worker: it is sent as activity. */
  output(chunk: Uint8Array | string, stream: OutputStream = 'text'): void {
    const text = typeof chunk === 'string' ? chunk : this.decoder.decode(chunk, { stream: true });
    for (let at = 0; at < text.length; at += CHUNK_CHARS) {
      if (this.outputBytes > this.start.limits.maxOutputBytes) return this.activity();
      const piece = text.slice(at, at + CHUNK_CHARS);
      this.outputBytes += Buffer.byteLength(piece);
      this.channel.send({ type: 'output', text: piece, stream });
    }
  }

  progress(value: unknown): void {
    this.sendNewest({ type: 'progress', value });
  }

  checkpoint(value: unknown): void {
    this.sendNewest({ type: 'checkpoint', value });
  }

  extend(ms: number): boolean {
    const { deadlineAt, latestAt } = this.deadlines;
    const extendedAt = Math.min(deadlineAt + ms, latestAt);
    if (this.signal.aborted || extendedAt <= deadlineAt) return false;
    this.deadlines = { deadlineAt: extendedAt, latestAt };
    this.channel.send({ type: 'extend', ms });
    return true;
  }

  tool(running: boolean): void {
    this.channel.send({ type: 'tool', running });
  }

  /** Only the worker knows whether there is time left to wait. */
  waiting(waits: boolean, reason?: string): boolean {
    this.channel.send({ type: 'waiting', waits, ...(reason === undefined ? {} : { reason }) });
    return true;
  }

  /** Only the worker knows the phases. */
  phase(name?: string): boolean {
    this.channel.send({ type: 'phase', ...(name === undefined ? {} : { name }) });
    return true;
  }

  /** Not a part of UserContext, and only users' handlers run here. */
  streamPart(): void {}

  complete(): void {}

  private sendNewest(message: Newest): void {
    if (this.channel.backlogBytes > BACKLOG_BYTES) this.newest.set(message.type, message);
    else this.channel.send(message);
  }
}

/** Fields of a log line as JSON: errors with code and stack; a note instead of fields that are no JSON or too long. */
function logFields(fields: object): object {
  try {
    const text = JSON.stringify(fields, (_key, value: unknown) => (value instanceof Error ? plainError(value) : value));
    return text.length > MAX_FIELDS_CHARS ? { leftOut: `${text.length} characters` } : (JSON.parse(text) as object);
  } catch (error) {
    return { leftOut: error instanceof Error ? error.message : 'fields that are not JSON' };
  }
}

function plainError(error: Error): object {
  const { name, message, stack } = error;
  return { ...error, name, message, stack };
}

import { TextDecoder } from 'node:util';
import type { AttemptStore, ClaimedAttempt, Report } from '@leeway/queue';
import type { OutputStream } from '@leeway/supervision';

/** Output of this length is sent at once, in characters; no piece of output is much longer. */
const SEND_AT_CHARS = 16 * 1024;

/** Of these types only the newest event of a batch is sent. */
const NEWEST_ONLY: readonly Report['type'][] = ['progress', 'checkpoint', 'monitor_view'];

const FLUSH_MS = 100;

export interface EventBatcherOptions {
  attempts: Pick<AttemptStore, 'report'>;
  attempt: ClaimedAttempt;
  /** Events are collected this long before they are sent, in ms. Default: ten calls a second at most. */
  flushMs?: number;
  /** Output that is stored of one attempt, in bytes. A little more is sent, so that the store marks that there was more. */
  maxOutputBytes: number;
  onFenced: () => void;
  onError: (error: unknown) => void;
}

/**
 * Sends the events of an attempt in batches, in order, one batch at a time: memory stays small however much there is and
 * however slow Redis is. Successive output of one stream is joined; of progress and checkpoints only the newest is sent. A
 * batch that Redis refuses is dropped: events are for people who watch, the result does not depend on them.
 */
export class EventBatcher {
  private waiting: Report[] = [];
  private chars = 0;
  private outputBytes = 0;
  private timer: NodeJS.Timeout | undefined;
  private sending: Promise<void> | undefined;
  private closed = false;
  private readonly decoders = new Map<OutputStream, TextDecoder>();

  constructor(private readonly options: EventBatcherOptions) {}

  output(chunk: Uint8Array | string, stream: OutputStream): void {
    if (this.closed || this.outputBytes > this.options.maxOutputBytes) return;
    const text = typeof chunk === 'string' ? chunk : this.decoder(stream).decode(chunk, { stream: true });
    if (text === '') return;
    this.outputBytes += Buffer.byteLength(text);
    const last = this.waiting.at(-1);
    if (last?.type === 'output' && last.stream === stream && last.text.length < SEND_AT_CHARS) last.text += text;
    else this.waiting.push({ type: 'output', stream, text });
    this.chars += text.length;
    if (this.chars >= SEND_AT_CHARS) void this.flush();
    else this.schedule();
  }

  add(report: Report): void {
    if (this.closed) return;
    if (NEWEST_ONLY.includes(report.type)) this.waiting = this.waiting.filter(({ type }) => type !== report.type);
    this.waiting.push(report);
    this.schedule();
  }

  /** Sends what is collected; resolves when all events so far are sent or dropped. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.sending === undefined && this.waiting.length > 0) this.sending = this.sendAll();
    return this.sending ?? Promise.resolve();
  }

  /** Sends what is collected, and ignores all later events: those of a handler that runs on after its attempt. */
  close(): Promise<void> {
    this.closed = true;
    return this.flush();
  }

  private schedule(): void {
    this.timer ??= setTimeout(() => void this.flush(), this.options.flushMs ?? FLUSH_MS);
  }

  private async sendAll(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.waiting;
      this.waiting = [];
      this.chars = 0;
      await this.send(batch);
    }
    // In the same turn as the last check: no event can come in between and stay unsent.
    this.sending = undefined;
  }

  private async send(batch: Report[]): Promise<void> {
    try {
      if (!(await this.options.attempts.report(this.options.attempt, batch))) this.options.onFenced();
    } catch (error) {
      this.options.onError(error);
    }
  }

  private decoder(stream: OutputStream): TextDecoder {
    let decoder = this.decoders.get(stream);
    if (decoder === undefined) {
      decoder = new TextDecoder();
      this.decoders.set(stream, decoder);
    }
    return decoder;
  }
}

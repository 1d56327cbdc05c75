import { TextDecoder } from 'node:util';
import type { Door, OpenAttempt, Report } from '@leeway/queue';
import type { OutputStream } from './handler.js';

/** Output waiting to be sent beyond this, in characters, is sent at once. */
const SEND_AT_CHARS = 16 * 1024;

/**
 * Collects what an attempt reports and sends it in batches, in order. Output of one stream that follows on itself is
 * joined. A report that Redis does not take is dropped with its batch: reports are for looking, results are not.
 */
export class Reporter {
  private waiting: Report[] = [];
  private chars = 0;
  private timer: NodeJS.Timeout | undefined;
  private sending: Promise<void> = Promise.resolve();
  private readonly decoders = new Map<OutputStream, TextDecoder>();

  constructor(private readonly options: { door: Door; attempt: OpenAttempt; flushMs: number; onFenced: () => void; onError: (error: unknown) => void }) {}

  output(chunk: Uint8Array | string, stream: OutputStream): void {
    const text = typeof chunk === 'string' ? chunk : this.decoder(stream).decode(chunk, { stream: true });
    if (text === '') return;
    const last = this.waiting.at(-1);
    if (last?.type === 'output' && last.stream === stream) last.text += text;
    else this.waiting.push({ type: 'output', stream, text });
    this.chars += text.length;
    if (this.chars >= SEND_AT_CHARS) void this.flush();
    else this.schedule();
  }

  add(report: Report): void {
    // Only the newest progress counts.
    if (report.type === 'progress') this.waiting = this.waiting.filter(({ type }) => type !== 'progress');
    this.waiting.push(report);
    this.schedule();
  }

  /** Sends what waits; resolves when all that was reported before is sent or dropped. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.waiting.length > 0) {
      const batch = this.waiting;
      this.waiting = [];
      this.chars = 0;
      this.sending = this.sending.then(() => this.send(batch));
    }
    return this.sending;
  }

  private schedule(): void {
    this.timer ??= setTimeout(() => void this.flush(), this.options.flushMs);
  }

  private async send(batch: Report[]): Promise<void> {
    try {
      if (!(await this.options.door.report(this.options.attempt, batch))) this.options.onFenced();
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

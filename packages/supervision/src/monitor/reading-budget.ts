import { TextDecoder } from 'node:util';

const SECOND_MS = 1_000;

/** Bounds the work for a stream: so many characters are read in a second, the rest is skipped. */
export class ReadingBudget {
  private readonly decoders = new Map<string, TextDecoder>();
  private left: number;
  private atMs = 0;

  constructor(private readonly charsPerS: number) {
    this.left = charsPerS;
  }

  /** The part of a chunk that may be read, as text. A character that is cut is completed by the next chunk. */
  take(chunk: Uint8Array | string, { stream, nowMs }: { stream: string; nowMs: number }): string {
    this.left = Math.min(this.charsPerS, this.left + ((nowMs - this.atMs) * this.charsPerS) / SECOND_MS);
    this.atMs = nowMs;
    const most = Math.floor(this.left);
    if (most <= 0) {
      // What was cut is not completed by what comes after the gap.
      this.decoders.delete(stream);
      return '';
    }
    const part = chunk.length > most ? chunk.slice(0, most) : chunk;
    const text = typeof part === 'string' ? part : this.decoder(stream).decode(part, { stream: true });
    this.left -= part.length;
    return text;
  }

  private decoder(stream: string): TextDecoder {
    let decoder = this.decoders.get(stream);
    if (decoder === undefined) this.decoders.set(stream, (decoder = new TextDecoder()));
    return decoder;
  }
}

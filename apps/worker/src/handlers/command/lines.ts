/** Splits text that comes in pieces into lines, in bounded memory: a line that is too long is left out and counted. */
export class Lines {
  readonly #decoder = new TextDecoder();
  #pending = '';
  #tooLong = false;
  #leftOut = 0;

  /** `maxChars`: longest line, in UTF-16 units. */
  constructor(private readonly maxChars: number) {}

  /** Lines that were too long. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** The lines that this completes, without their ends. Characters may be cut anywhere. */
  push(bytes: Uint8Array): string[] {
    const [first = '', ...others] = this.#decoder.decode(bytes, { stream: true }).split('\n');
    const lines: string[] = [];
    this.#grow(first);
    for (const next of others) {
      this.#complete(lines);
      this.#grow(next);
    }
    return lines;
  }

  /** The last line, when the stream ended without an end of line. */
  end(): string[] {
    const lines: string[] = [];
    if (this.#pending !== '' || this.#tooLong) this.#complete(lines);
    return lines;
  }

  #grow(text: string): void {
    if (this.#tooLong) return;
    if (this.#pending.length + text.length > this.maxChars) {
      this.#tooLong = true;
      this.#pending = '';
    } else this.#pending += text;
  }

  #complete(lines: string[]): void {
    if (this.#tooLong) this.#leftOut += 1;
    else lines.push(this.#pending.endsWith('\r') ? this.#pending.slice(0, -1) : this.#pending);
    this.#pending = '';
    this.#tooLong = false;
  }
}

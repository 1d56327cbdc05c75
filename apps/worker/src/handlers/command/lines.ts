/** Splits a stream of bytes into lines, in bounded memory: a line that is too long is left out and counted. */
export class Lines {
  private readonly decoder = new TextDecoder();
  private pending = '';
  private tooLong = false;

  /** Lines that were too long; to be read only. */
  leftOut = 0;

  /** `maxChars`: longest line, in UTF-16 units. */
  constructor(private readonly maxChars: number) {}

  /** The lines that the chunk completes, without their line ends. A chunk may begin and end inside a character. */
  push(chunk: Uint8Array): string[] {
    const [first = '', ...others] = this.decoder.decode(chunk, { stream: true }).split('\n');
    const lines: string[] = [];
    this.grow(first);
    for (const next of others) {
      this.complete(lines);
      this.grow(next);
    }
    return lines;
  }

  /** The last line of a stream that ended without a line end. */
  end(): string[] {
    const lines: string[] = [];
    if (this.pending !== '' || this.tooLong) this.complete(lines);
    return lines;
  }

  private grow(text: string): void {
    if (this.tooLong) return;
    if (this.pending.length + text.length > this.maxChars) {
      this.tooLong = true;
      this.pending = '';
    } else this.pending += text;
  }

  private complete(lines: string[]): void {
    if (this.tooLong) this.leftOut += 1;
    else lines.push(this.pending.endsWith('\r') ? this.pending.slice(0, -1) : this.pending);
    this.pending = '';
    this.tooLong = false;
  }
}

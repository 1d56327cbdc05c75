import type { WriteStream } from 'node:tty';

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const CLEAR_BELOW = '\u001b[J';
const GREEN = 32;
const RED = 31;

/** Lines that scroll up and, in a terminal, a block below them that is rewritten in place. */
export class Screen {
  private height = 0;

  constructor(
    private readonly out: WriteStream,
    private readonly options: { colours: boolean },
  ) {
    if (out.isTTY) out.write(HIDE_CURSOR);
  }

  line(text: string): void {
    this.clearBlock();
    this.out.write(`${text}\n`);
  }

  /** Replaces the block. Lines without colours, which are cut at the width of the terminal. */
  block(lines: readonly string[]): void {
    if (!this.out.isTTY) return;
    const cut = lines.map((line) => line.slice(0, this.out.columns));
    // In one write: half a block must not be seen.
    this.out.write(`${this.upToBlock()}${cut.join('\n')}\n`);
    this.height = lines.length;
  }

  /** Removes the block and shows the cursor again. */
  close(): void {
    this.clearBlock();
    if (this.out.isTTY) this.out.write(SHOW_CURSOR);
  }

  good(text: string): string {
    return this.coloured(GREEN, text);
  }

  bad(text: string): string {
    return this.coloured(RED, text);
  }

  private coloured(code: number, text: string): string {
    return this.options.colours ? `\u001b[${code}m${text}\u001b[0m` : text;
  }

  private clearBlock(): void {
    if (this.height > 0) this.out.write(this.upToBlock());
    this.height = 0;
  }

  private upToBlock(): string {
    return this.height === 0 ? '' : `\u001b[${this.height}A\r${CLEAR_BELOW}`;
  }
}

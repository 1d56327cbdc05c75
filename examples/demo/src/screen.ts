import type { Writable } from 'node:stream';

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const CLEAR_BELOW = '\u001b[J';

/** News that scrolls up, and under it, where somebody watches, a block that is rewritten in place. */
export class Screen {
  #height = 0;

  constructor(
    private readonly out: Writable,
    private readonly live: boolean,
  ) {
    if (live) out.write(HIDE_CURSOR);
  }

  /** A line that stays. */
  line(text: string): void {
    this.#clear();
    this.out.write(`${text}\n`);
  }

  /** Replaces the block at the bottom. Lines must not be wider than the terminal. */
  block(lines: readonly string[]): void {
    if (!this.live) return;
    const up = this.#height > 0 ? `\u001b[${this.#height}A` : '';
    // One write: half a block must not be seen.
    this.out.write(`${up}\r${CLEAR_BELOW}${lines.join('\n')}\n`);
    this.#height = lines.length;
  }

  /** Takes the block away and gives the cursor back. */
  close(): void {
    this.#clear();
    if (this.live) this.out.write(SHOW_CURSOR);
  }

  #clear(): void {
    if (this.#height > 0) this.out.write(`\u001b[${this.#height}A\r${CLEAR_BELOW}`);
    this.#height = 0;
  }
}

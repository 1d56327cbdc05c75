import type { Writable } from 'node:stream';
import { wrap } from './wrap.js';

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const CLEAR_BELOW = '\u001b[J';

/** News that scrolls up, and under it, where somebody watches, a block that is rewritten in place. */
export class Screen {
  #height = 0;

  constructor(
    private readonly out: Writable,
    private readonly live: boolean,
    /** Characters in a line; asked for at every line, for terminals change. */
    readonly columns: () => number,
  ) {
    if (live) out.write(HIDE_CURSOR);
  }

  /** A line that stays; what does not fit goes on below, `indent` blanks in. */
  line(text: string, indent = 0): void {
    this.#clear();
    const lines = this.live ? wrap(text, this.columns(), indent) : [text];
    this.out.write(`${lines.join('\n')}\n`);
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

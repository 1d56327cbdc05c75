import { fit } from './printable.js';
import type { Terminal } from './terminal.js';

const CLEAR_LINE = '\r\u001b[K';
const USUAL_COLUMNS = 80;

/** One line at the bottom of a terminal, rewritten in place and removed for output. Does nothing unless stderr is a terminal. */
export class StatusLine {
  private shown = false;
  private atLineStart = true;

  constructor(private readonly terminal: Terminal) {}

  /** Replaces the line. Does nothing in the middle of a line of output, which stays readable. */
  show(text: string): void {
    if (!this.terminal.live || !this.atLineStart) return;
    const width = Math.min(this.terminal.columns, Number.MAX_SAFE_INTEGER);
    this.terminal.err(CLEAR_LINE + fit(text, (Number.isFinite(width) && width > 1 ? width : USUAL_COLUMNS) - 1));
    this.shown = true;
  }

  hide(): void {
    if (this.shown) this.terminal.err(CLEAR_LINE);
    this.shown = false;
  }

  /** Removes the line, writes the text, and remembers whether the text ended a line. */
  around(text: string, write: (text: string) => void): void {
    if (text === '') return;
    this.hide();
    write(text);
    this.atLineStart = text.endsWith('\n');
  }

  /** A line of its own on stderr. */
  note(text: string): void {
    this.hide();
    this.terminal.err(`${this.atLineStart ? '' : '\n'}${text}\n`);
    this.atLineStart = true;
  }
}

import type { Repetition } from './repeated-text.js';
import { EMPTY_HASH, hashText } from './words.js';

/** The same calls with the same results so often in a row are suspected; ten tries of something that fails are still stubborn work. */
export const TOOL_REPEATS = 12;
/** Only calls quicker than this count as repeated: a longer one means that the agent watches something, which is work. */
export const TOOL_QUICK_MS = 5_000;

/** The longest cycle of calls that is noticed. */
const TURNS = 4;
/** Calls that may run at once; the oldest beyond them is dropped. */
const OPEN_MOST = 16;

interface OpenCall {
  hash: number;
  sinceMs: number;
}

/** Notices the same tool calls with the same results, again and again. Constant work for each call. */
export class RepeatedCalls {
  private readonly last: number[] = [];
  private readonly runs: { count: number; sinceMs: number }[] = Array.from({ length: TURNS }, () => ({
    count: 0,
    sinceMs: 0,
  }));
  private open: OpenCall[] = [];
  private index: number | undefined;
  private hasResults = false;
  private lastMs = 0;

  /** A piece of a call; a new index is a new call. Returns whether it is one. */
  call({ index, name, arguments: given }: { index: number; name: string; arguments: string }, nowMs: number): boolean {
    const isNew = index !== this.index;
    if (isNew) {
      // Where results are not in the stream a call is over when the next one begins.
      if (!this.hasResults) this.close('', nowMs);
      this.index = index;
      this.open.push({ hash: EMPTY_HASH, sinceMs: nowMs });
      if (this.open.length > OPEN_MOST) this.open.shift();
    }
    const call = this.open.at(-1);
    if (call !== undefined) call.hash = hashText(given, hashText(name, call.hash));
    return isNew;
  }

  /** Results come in the order of their calls. */
  result(text: string, nowMs: number): void {
    this.hasResults = true;
    this.close(text, nowMs);
  }

  /** Null: there is something new in them. */
  get repetition(): Repetition | null {
    const run = this.runs.find(({ count }, turn) => count >= TOOL_REPEATS * (turn + 1));
    return run === undefined ? null : { forMs: this.lastMs - run.sinceMs, enough: true };
  }

  private close(result: string, nowMs: number): void {
    const call = this.open.shift();
    if (call === undefined) return;
    const took = nowMs - call.sinceMs;
    const hash = hashText(result, call.hash);
    for (const [turn, run] of this.runs.entries()) {
      const same = took < TOOL_QUICK_MS && this.last.at(-1 - turn) === hash;
      if (!same) run.count = 0;
      else {
        if (run.count === 0) run.sinceMs = call.sinceMs;
        run.count += 1;
      }
    }
    this.lastMs = nowMs;
    this.last.push(hash);
    if (this.last.length > TURNS) this.last.shift();
  }
}

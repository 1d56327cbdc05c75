import type { MonitorPolicy } from '@leeway/contract';
import type { Circles } from './repeated-text.js';
import { EMPTY_HASH, hashText } from './words.js';

export type CallRules = Pick<MonitorPolicy, 'toolRepeats' | 'toolQuickMs'>;

/** Calls may go in turns of up to so many. */
const TURNS = 4;
/** Calls that run at once. */
const OPEN_MOST = 16;

interface OpenCall {
  hash: number;
  sinceMs: number;
}

/** Notices the same calls of tools with the same results, again and again. Constant work for each call. */
export class RepeatedCalls {
  readonly #last: number[] = [];
  readonly #runs: { count: number; sinceMs: number }[] = Array.from({ length: TURNS }, () => ({
    count: 0,
    sinceMs: 0,
  }));
  #open: OpenCall[] = [];
  #index: number | undefined;
  #hasResults = false;
  #lastMs = 0;

  constructor(private readonly rules: CallRules) {}

  /** A piece of a call; a new index is a new call. True: it is one. */
  call({ index, name, arguments: given }: { index: number; name: string; arguments: string }, nowMs: number): boolean {
    const isNew = index !== this.#index;
    if (isNew) {
      // Where results are not in the stream a call is over when the next one begins.
      if (!this.#hasResults) this.#close('', nowMs);
      this.#index = index;
      this.#open.push({ hash: EMPTY_HASH, sinceMs: nowMs });
      if (this.#open.length > OPEN_MOST) this.#open.shift();
    }
    const call = this.#open.at(-1);
    if (call !== undefined) call.hash = hashText(given, hashText(name, call.hash));
    return isNew;
  }

  /** Results come in the order of their calls. */
  result(text: string, nowMs: number): void {
    this.#hasResults = true;
    this.#close(text, nowMs);
  }

  /** Null: there is something new in them. */
  get circles(): Circles | null {
    const run = this.#runs.find(({ count }, turn) => count >= this.rules.toolRepeats * (turn + 1));
    return run === undefined ? null : { forMs: this.#lastMs - run.sinceMs, enough: true };
  }

  #close(result: string, nowMs: number): void {
    const call = this.#open.shift();
    if (call === undefined) return;
    const took = nowMs - call.sinceMs;
    const hash = hashText(result, call.hash);
    for (const [turn, run] of this.#runs.entries()) {
      const same = took < this.rules.toolQuickMs && this.#last.at(-1 - turn) === hash;
      if (!same) run.count = 0;
      else {
        if (run.count === 0) run.sinceMs = call.sinceMs;
        run.count += 1;
      }
    }
    this.#lastMs = nowMs;
    this.#last.push(hash);
    if (this.#last.length > TURNS) this.#last.shift();
  }
}

import { EMPTY_HASH, hashUnit } from './words.js';

/** Runs of words that are remembered: so many sets of so many. With their order in the set they take 4 kB. */
const SETS = 128;
const WAYS = 8;
/** Over about so many words the share of what is repeated is measured. */
const WINDOW_WORDS = 64;
const LOW_BITS = 16;

/** Words of a run that counts as repeated when it was there before: shorter runs recur in every text. */
const RUN_WORDS = 8;
/** Share of the newest text that has to be repeated to be suspected: a loop repeats all of it, code and tables repeat parts. */
export const SUSPECT_SHARE = 0.9;
/** Share below which the suspicion is dropped; well below the other one, so that a few new words in a loop do not hide it. */
const CLEARED_SHARE = 0.6;
/** Repeated words in a row that it takes to be sure: more than is remembered, so a long quotation of earlier text ends sooner. */
export const REPEATED_WORDS = 1_200;

/** Content that repeats itself. */
export interface Repetition {
  /** For how long it has, in ms. */
  readonly forMs: number;
  /** There is enough of it to be sure. */
  readonly enough: boolean;
}

/**
 * Notices text that repeats itself: every run of eight words is looked up among about a thousand earlier ones.
 * Constant work for each word and constant memory. A repetition longer than some 600 words is not noticed.
 */
export class RepeatedText {
  private readonly newest = new Uint32Array(RUN_WORDS);
  private readonly known = new Uint32Array(SETS * WAYS);
  private readonly oldest = new Uint8Array(SETS);
  /** When the last word came that was not in a repeated run; undefined: none yet. */
  lastNewMs: number | undefined;
  private words = 0;
  private share = 0;
  private sinceMs: number | undefined;
  private lastMs = 0;
  private repeated = 0;

  /** Null: most of it is new. */
  get repetition(): Repetition | null {
    if (this.sinceMs === undefined) return null;
    return { forMs: this.lastMs - this.sinceMs, enough: this.repeated >= REPEATED_WORDS };
  }

  word(hash: number, nowMs: number): void {
    this.newest[this.words % this.newest.length] = hash;
    this.words += 1;
    const repeated = this.words >= this.newest.length && this.seenBefore(this.run());
    if (repeated) this.lastMs = nowMs;
    else this.lastNewMs = nowMs;
    this.share += ((repeated ? 1 : 0) - this.share) / WINDOW_WORDS;
    if (this.sinceMs === undefined) {
      if (this.share < SUSPECT_SHARE) return;
      this.sinceMs = nowMs;
      this.repeated = 0;
    }
    if (repeated) this.repeated += 1;
    if (this.share < CLEARED_SHARE) this.sinceMs = undefined;
  }

  /** The newest words in their order, as one hash; never 0. */
  private run(): number {
    const { length } = this.newest;
    let hash = EMPTY_HASH;
    for (let i = 0; i < length; i += 1) {
      const word = this.newest[(this.words + i) % length] ?? 0;
      hash = hashUnit(hashUnit(hash, word >>> LOW_BITS), word & 0xffff);
    }
    return hash === 0 ? 1 : hash;
  }

  /** Looks a run up and remembers it, in place of the oldest of its set. */
  private seenBefore(run: number): boolean {
    const set = (run >>> LOW_BITS) % SETS;
    const first = set * WAYS;
    for (let i = first; i < first + WAYS; i += 1) if (this.known[i] === run) return true;
    const oldest = this.oldest[set] ?? 0;
    this.known[first + oldest] = run;
    this.oldest[set] = (oldest + 1) % WAYS;
    return false;
  }
}

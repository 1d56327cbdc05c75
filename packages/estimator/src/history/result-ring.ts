import { RING_LENGTH } from '@leeway/contract';
import type { Sample } from './sample.js';
import { rank } from './sorted-values.js';

/** How a result ended. From `Hung` on it did not end by itself. */
export enum Mark {
  Exact,
  /** Exact, and longer than the deadline that had ended the first attempt: that kill was wrong. */
  FalseKill,
  Hung,
  Censored,
}

export function hasEnded(mark: Mark): boolean {
  return mark < Mark.Hung;
}

/** A result of the ring; its duration is a 32-bit float. */
export interface RingResult {
  valueMs: number;
  mark: Mark;
}

/** The newest {@link RING_LENGTH} results of one level in order of arrival. About 2 kB. */
export class ResultRing {
  private readonly valuesMs = new Float32Array(RING_LENGTH);
  /** In ticks, the newest 497 days of them. */
  private readonly started = new Uint32Array(RING_LENGTH);
  private readonly marks = new Uint8Array(RING_LENGTH);
  private added = 0;
  private newestMs = 0;

  /** Adds a result. `forgotten`: the oldest result, dropped from a full ring. */
  add(sample: Sample): { added: RingResult; forgotten: RingResult | undefined } {
    const slot = this.added % RING_LENGTH;
    const forgotten = this.added < RING_LENGTH ? undefined : this.at(slot);
    this.valuesMs[slot] = sample.valueMs;
    this.started[slot] = ticks(sample.atMs - sample.valueMs);
    this.marks[slot] = markOf(sample);
    this.added += 1;
    this.newestMs = Math.max(this.newestMs, sample.atMs);
    return { added: this.at(slot), forgotten };
  }

  /** Number of results. */
  get size(): number {
    return Math.min(this.added, RING_LENGTH);
  }

  get bytes(): number {
    return this.valuesMs.byteLength + this.started.byteLength + this.marks.byteLength;
  }

  /** Start of the oldest result; -Infinity: the ring has not dropped any yet. */
  get sinceMs(): number {
    if (this.added < RING_LENGTH) return -Infinity;
    return this.newestMs - this.sinceStartMs(this.added % RING_LENGTH);
  }

  /** The `n`th latest start among the runs that ended by themselves; -Infinity: there are fewer. */
  nthLastStartMs(n: number): number {
    const agesMs: number[] = [];
    for (let back = 1; back <= this.size; back += 1) {
      const slot = this.slot(back);
      if (hasEnded(this.at(slot).mark)) agesMs.push(this.sinceStartMs(slot));
    }
    return this.newestMs - (agesMs.sort((a, b) => a - b)[n - 1] ?? Infinity);
  }

  /** Number of results with this mark among the newest `n`. */
  countNewest(n: number, mark: Mark): number {
    let count = 0;
    for (let back = Math.min(n, this.size); back > 0; back -= 1) if (this.marks[this.slot(back)] === mark) count += 1;
    return count;
  }

  /** Longest of the newest `n` unended results; 0: none. */
  longestUnendedMs(n: number): number {
    let longestMs = 0;
    for (let back = 1, seen = 0; back <= this.size && seen < n; back += 1) {
      const { valueMs, mark } = this.at(this.slot(back));
      if (hasEnded(mark)) continue;
      longestMs = Math.max(longestMs, valueMs);
      seen += 1;
    }
    return longestMs;
  }

  /** The share `q` of the exact results that had ended by `endedByMs` took no longer; NaN: there are fewer than `least`. Reads the whole ring. */
  quantileBefore(q: number, { endedByMs, least }: { endedByMs: number; least: number }): number {
    if (endedByMs < this.sinceMs) return Number.NaN;
    const beforeMs: number[] = [];
    for (let back = 1; back <= this.size; back += 1) {
      const slot = this.slot(back);
      const { valueMs, mark } = this.at(slot);
      if (hasEnded(mark) && this.newestMs - this.sinceStartMs(slot) + valueMs <= endedByMs) beforeMs.push(valueMs);
    }
    if (beforeMs.length < least) return Number.NaN;
    return beforeMs.sort((a, b) => a - b)[rank(q, beforeMs.length)] ?? Number.NaN;
  }

  private at(slot: number): RingResult {
    return { valueMs: this.valuesMs[slot] ?? 0, mark: this.marks[slot] ?? Mark.Exact };
  }

  private slot(back: number): number {
    return (this.added - back) % RING_LENGTH;
  }

  /** Time from the start of a result to the end of the newest one. */
  private sinceStartMs(slot: number): number {
    return TICK_MS * ((ticks(this.newestMs) - (this.started[slot] ?? 0)) >>> 0);
  }
}

const TICK_MS = 10;

/** Wall clock in ticks, modulo 2^32. */
function ticks(timeMs: number): number {
  return Math.floor(timeMs / TICK_MS) >>> 0;
}

function markOf(sample: Sample): Mark {
  if (sample.kind === 'hung') return Mark.Hung;
  if (sample.kind === 'censored') return Mark.Censored;
  return sample.deadlineMs > 0 && sample.valueMs > sample.deadlineMs ? Mark.FalseKill : Mark.Exact;
}

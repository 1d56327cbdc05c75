import { RING_LENGTH } from '@leeway/contract';
import { hasEnded, Mark, ResultRing, type RingResult } from './result-ring.js';
import type { Sample } from './sample.js';
import { quantileAmong, SortedValues } from './sorted-values.js';

const NO_WORKERS: ReadonlyMap<string, number> = new Map();

/** A result that names its source. */
export interface SourcedValue {
  from: string;
  value: number;
  atMs: number;
}

/** Results with a source that are kept one by one. */
const KEPT_SOURCED = 48;

/** Logarithms are summed as whole numbers of this fraction, so that the sum does not depend on the order of adding. */
const LOG_UNIT = 2 ** 20;

/**
 * The results of one level of a class, as a decision asks for them. A pure function of its ring: every process that reads the
 * same ring decides the same. Add from oldest to newest. 3.4 kB.
 */
export class LevelState {
  private readonly ring = new ResultRing();
  /** Durations of what ended by itself, ascending. */
  readonly exact = new SortedValues(RING_LENGTH);
  /** How long the others are known to have lasted; Infinity for what hangs. */
  readonly unended = new SortedValues(RING_LENGTH);
  /** Newest last. Only rings that mix sources have any. */
  private readonly withSource: SourcedValue[] = [];
  private hung = 0;
  private logSum = 0;

  /** `slowWorkers`: those whose results are left out, and how many times as long theirs took. */
  constructor(readonly slowWorkers: ReadonlyMap<string, number> = NO_WORKERS) {}

  add(sample: Sample): void {
    const { added, forgotten } = this.ring.add(sample);
    if (forgotten !== undefined) this.forget(forgotten);
    if (sample.from !== undefined) {
      this.withSource.push({ from: sample.from, value: sample.valueMs, atMs: sample.atMs });
      if (this.withSource.length > KEPT_SOURCED) this.withSource.shift();
    }
    if (added.mark === Mark.Hung) this.hung += 1;
    if (!hasEnded(added.mark)) this.unended.add(lastedMs(added));
    else {
      this.exact.add(added.valueMs);
      this.logSum += logUnits(added.valueMs);
    }
  }

  /** Results held. */
  get size(): number {
    return this.ring.size;
  }

  /** Of those, the ones that are only known to be longer than their value, hung ones included. */
  get censored(): number {
    return this.unended.size;
  }

  /** Mean natural logarithm of the exact durations; NaN without any. */
  get meanLog(): number {
    return this.logSum / LOG_UNIT / this.exact.size;
  }

  /** Bytes of the arrays behind it. */
  get bytes(): number {
    return this.ring.bytes + this.exact.bytes + this.unended.bytes;
  }

  /** Start of the oldest result that is held; -Infinity while nothing has been forgotten yet. */
  get sinceMs(): number {
    return this.ring.sinceMs;
  }

  /** Start of the run that was the `n`th last to start among those that ended by themselves; -Infinity: fewer than `n` did. */
  nthLastStartMs(n: number): number {
    return this.exact.size < n ? -Infinity : this.ring.nthLastStartMs(n);
  }

  /** The newest `n` results that name their source. */
  sourced(n: number): readonly SourcedValue[] {
    return this.withSource.slice(-n);
  }

  /** How many of the newest `n` results show that a kill was wrong. */
  falseKills(n: number): number {
    return this.ring.countNewest(n, Mark.FalseKill);
  }

  /** Share of hung results among all but the newest `skip`; 0 while there are fewer than `skip` others. */
  hungShare(skip: number): number {
    const rest = this.size - skip;
    return rest < skip ? 0 : (this.hung - this.ring.countNewest(skip, Mark.Hung)) / rest;
  }

  /** Longest of the newest `n` results that did not end by themselves; 0: none. */
  longestUnendedMs(n: number): number {
    return this.ring.longestUnendedMs(n);
  }

  /** The share `q` of what is held took no longer than this; Infinity when that lies among what did not end; NaN: nothing held. */
  quantile(q: number): number {
    if (this.size === 0) return Number.NaN;
    return quantileAmong(this.exact, q, (valueMs) => this.unended.countAbove(valueMs));
  }

  /** The same of the exact results that had ended by then; NaN: there are fewer than `least` of them. */
  quantileBefore(q: number, before: { endedByMs: number; least: number }): number {
    return this.ring.quantileBefore(q, before);
  }

  private forget(result: RingResult): void {
    if (result.mark === Mark.Hung) this.hung -= 1;
    if (!hasEnded(result.mark)) this.unended.remove(lastedMs(result));
    else {
      this.exact.remove(result.valueMs);
      this.logSum -= logUnits(result.valueMs);
    }
  }
}

function lastedMs({ mark, valueMs }: RingResult): number {
  return mark === Mark.Hung ? Infinity : valueMs;
}

function logUnits(valueMs: number): number {
  return Math.round(Math.log(valueMs) * LOG_UNIT);
}

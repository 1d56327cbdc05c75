import { RING_LENGTH } from '@leeway/contract';
import { hasEnded, Mark, ResultRing, type RingResult } from './result-ring.js';
import type { Sample } from './sample.js';
import { quantileAmong, SortedValues } from './sorted-values.js';

const NO_WORKERS: ReadonlyMap<string, number> = new Map();

/** A result with its source. */
export interface SourcedValue {
  from: string;
  value: number;
  atMs: number;
}

/** Number of newest results kept with their source. */
const KEPT_SOURCED = 48;

/** Logarithms are added as whole numbers of 1 / LOG_UNIT, so that the sum does not depend on the order. */
const LOG_UNIT = 2 ** 20;

/**
 * Results of one level of a class. A pure function of its ring, so every process that reads the same ring decides the same.
 * Add results from oldest to newest. 3.4 kB.
 */
export class LevelState {
  private readonly ring = new ResultRing();
  /** Durations of the runs that ended by themselves, ascending. */
  readonly exact = new SortedValues(RING_LENGTH);
  /** Least durations of the other runs; Infinity for a hang. */
  readonly unended = new SortedValues(RING_LENGTH);
  /** Newest last; empty for rings without sources. */
  private readonly withSource: SourcedValue[] = [];
  private hung = 0;
  private logSum = 0;

  /** `slowWorkers`: workers whose results are left out, and how many times as long theirs took. */
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

  /** Number of results. */
  get size(): number {
    return this.ring.size;
  }

  /** Number of results only known to be longer than their value, hung ones included. */
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

  /** Start of the oldest result; -Infinity: the ring has not dropped any yet. */
  get sinceMs(): number {
    return this.ring.sinceMs;
  }

  /** The `n`th latest start among the runs that ended by themselves; -Infinity: there are fewer. */
  nthLastStartMs(n: number): number {
    return this.exact.size < n ? -Infinity : this.ring.nthLastStartMs(n);
  }

  /** The newest `n` results with a source. */
  sourced(n: number): readonly SourcedValue[] {
    return this.withSource.slice(-n);
  }

  /** Number of wrong kills among the newest `n` results. */
  falseKills(n: number): number {
    return this.ring.countNewest(n, Mark.FalseKill);
  }

  /** Share of hung results among all but the newest `skip`; 0: there are fewer than `skip` others. */
  hungShare(skip: number): number {
    const rest = this.size - skip;
    return rest < skip ? 0 : (this.hung - this.ring.countNewest(skip, Mark.Hung)) / rest;
  }

  /** Longest of the newest `n` unended results; 0: none. */
  longestUnendedMs(n: number): number {
    return this.ring.longestUnendedMs(n);
  }

  /** The share `q` of the results took no longer; Infinity: the quantile is among unended results; NaN: no results. */
  quantile(q: number): number {
    if (this.size === 0) return Number.NaN;
    return quantileAmong(this.exact, q, (valueMs) => this.unended.countAbove(valueMs));
  }

  /** The same of the exact results that had ended by `endedByMs`; NaN: there are fewer than `least`. */
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

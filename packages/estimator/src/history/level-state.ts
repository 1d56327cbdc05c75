import type { EstimatorPolicy } from '@leeway/contract';
import { type Sample, decodeSample } from './sample.js';
import { slowWorkers } from '../deadline/slow-workers.js';
import { rank, SortedValues } from './sorted-values.js';

export type LevelPolicy = Pick<EstimatorPolicy, 'window'>;
export type FleetPolicy = Pick<EstimatorPolicy, 'window' | 'slowWorkerRuns' | 'slowWorkerFactor' | 'retryFactor'>;

const NO_WORKERS: ReadonlyMap<string, number> = new Map();

/** A result that says where it came from. */
export interface SourcedValue {
  from: string;
  value: number;
  atMs: number;
}

/** Results with a source that are remembered one by one. */
const KEPT_SOURCED = 48;

/** Logarithms are summed as whole numbers of this fraction, so that the sum does not depend on the order of adding. */
const LOG_UNIT = 2 ** 20;

enum Mark {
  Exact,
  /** Exact, and the first attempt had been killed at a deadline shorter than this: the kill was wrong. */
  FalseKill,
  Hung,
  Censored,
}

/**
 * What one level of a class has taught: its newest `window` results. A pure function of its ring, so that every process
 * that reads the same ring decides the same. Add from oldest to newest. 3.4 kB at a window of 200.
 */
export class LevelState {
  readonly #window: number;
  // The ring, in order of arrival.
  readonly #valueMs: Float32Array;
  /** In ticks, the newest 497 days of them. */
  readonly #started: Uint32Array;
  readonly #marks: Uint8Array;
  /** Durations of what ended by itself, ascending. */
  readonly exact: SortedValues;
  /** How long the others are known to have lasted; Infinity for what hangs. */
  readonly open: SortedValues;
  /** Newest last. Only rings that mix sources have any. */
  readonly #sourced: SourcedValue[] = [];
  #added = 0;
  #hung = 0;
  #logSum = 0;
  #lastAtMs = 0;

  /** `slowWorkers`: those whose results are left out, and how many times as long theirs took. */
  constructor(
    policy: LevelPolicy,
    readonly slowWorkers: ReadonlyMap<string, number> = NO_WORKERS,
  ) {
    this.#window = policy.window;
    this.#valueMs = new Float32Array(policy.window);
    this.#started = new Uint32Array(policy.window);
    this.#marks = new Uint8Array(policy.window);
    this.exact = new SortedValues(policy.window);
    this.open = new SortedValues(policy.window);
  }

  /** From a stored ring, newest first. What is no observation is left out. */
  static from(samples: readonly string[], policy: LevelPolicy): LevelState {
    const state = new LevelState(policy);
    for (let at = Math.min(samples.length, policy.window) - 1; at >= 0; at -= 1) {
      const sample = decodeSample(samples[at] ?? '');
      if (sample !== undefined) state.add(sample);
    }
    return state;
  }

  /** The same without what a worker gave while it was much slower than the others: it does not speak for them. */
  static ofFleet(samples: readonly string[], policy: FleetPolicy, keepSources = false): LevelState {
    const read = samples
      .slice(0, policy.window)
      .toReversed()
      .flatMap((text) => decodeSample(text) ?? []);
    const { places, factors } = slowWorkers(read, policy);
    const state = new LevelState(policy, factors);
    read.forEach(({ from, ...sample }, place) => {
      if (!places.has(place)) state.add(keepSources && from !== undefined ? { ...sample, from } : sample);
    });
    return state;
  }

  add(sample: Sample): void {
    const slot = this.#added % this.#window;
    if (this.#added >= this.#window) this.#forget(slot);
    const mark = markOf(sample);
    this.#valueMs[slot] = sample.valueMs;
    this.#started[slot] = ticks(sample.atMs - sample.valueMs);
    this.#marks[slot] = mark;
    this.#added += 1;
    this.#lastAtMs = Math.max(this.#lastAtMs, sample.atMs);
    if (sample.from !== undefined) {
      this.#sourced.push({ from: sample.from, value: sample.valueMs, atMs: sample.atMs });
      if (this.#sourced.length > KEPT_SOURCED) this.#sourced.shift();
    }
    if (mark === Mark.Hung) this.#hung += 1;
    if (mark >= Mark.Hung) this.open.add(mark === Mark.Hung ? Infinity : sample.valueMs);
    else {
      this.exact.add(sample.valueMs);
      this.#logSum += logUnits(this.#valueMs[slot] ?? 0);
    }
  }

  /** Results held. */
  get size(): number {
    return this.exact.size + this.open.size;
  }

  /** Of those, the ones that are only known to be longer than their value, hung ones included. */
  get censored(): number {
    return this.open.size;
  }

  /** Mean natural logarithm of the exact durations; NaN without any. */
  get meanLog(): number {
    return this.#logSum / LOG_UNIT / this.exact.size;
  }

  /** Bytes of the arrays behind it. */
  get bytes(): number {
    return (
      this.#valueMs.byteLength + this.#started.byteLength + this.#marks.byteLength + this.exact.bytes + this.open.bytes
    );
  }

  get lastAtMs(): number {
    return this.#lastAtMs;
  }

  /** When the oldest result that is held began; -Infinity while nothing has been forgotten yet. */
  get sinceMs(): number {
    if (this.#added < this.#window) return -Infinity;
    const started = this.#started[this.#added % this.#window] ?? 0;
    return this.#lastAtMs - TICK_MS * ((ticks(this.#lastAtMs) - started) >>> 0);
  }

  /** When the run began that was the `n`th last to begin among those that ended by themselves; -Infinity: fewer than `n` did. */
  nthLastStartMs(n: number): number {
    if (this.exact.size < n) return -Infinity;
    const now = ticks(this.#lastAtMs);
    const ages: number[] = [];
    for (let back = 1; back <= this.size; back += 1) {
      const slot = this.#slot(back);
      if ((this.#marks[slot] ?? 0) < Mark.Hung) ages.push((now - (this.#started[slot] ?? 0)) >>> 0);
    }
    return this.#lastAtMs - TICK_MS * (ages.sort((a, b) => a - b)[n - 1] ?? Infinity);
  }

  /** The newest `n` results that say where they came from. */
  sourced(n: number): readonly SourcedValue[] {
    return this.#sourced.slice(-n);
  }

  /** How many of the newest `n` results show that a kill was wrong. */
  falseKills(n: number): number {
    return this.#countNewest(n, Mark.FalseKill);
  }

  /** Share of hung results among all but the newest `skip`; 0 while there are fewer than `skip` others. */
  hungShare(skip: number): number {
    const rest = this.size - skip;
    return rest < skip ? 0 : (this.#hung - this.#countNewest(skip, Mark.Hung)) / rest;
  }

  /** Longest of the newest `n` results that did not end by themselves; 0: none. */
  longestOpenMs(n: number): number {
    let longest = 0;
    for (let back = 1, seen = 0; back <= this.size && seen < n; back += 1) {
      const slot = this.#slot(back);
      if ((this.#marks[slot] ?? 0) < Mark.Hung) continue;
      longest = Math.max(longest, this.#valueMs[slot] ?? 0);
      seen += 1;
    }
    return longest;
  }

  /** The share `q` of what is held took no longer than this; Infinity when that lies among what did not end; NaN: nothing held. */
  quantile(q: number): number {
    if (this.size === 0) return Number.NaN;
    const longer = (valueMs: number) => this.open.countAbove(valueMs);
    return quantileAmong(this.exact, q, longer);
  }

  /**
   * The share `q` of the exact results that had ended by then took no longer than this; NaN: there are fewer than `least`
   * of them. Looks at the whole window, so it is for the rare decision that needs it.
   */
  quantileBefore(q: number, { endedByMs, least }: { endedByMs: number; least: number }): number {
    if (endedByMs < this.sinceMs) return Number.NaN;
    const before: number[] = [];
    for (let back = 1; back <= this.size; back += 1) {
      const slot = this.#slot(back);
      const valueMs = this.#valueMs[slot] ?? 0;
      const agoMs = TICK_MS * ((ticks(this.#lastAtMs) - (this.#started[slot] ?? 0)) >>> 0);
      const isExact = (this.#marks[slot] ?? 0) < Mark.Hung;
      if (isExact && this.#lastAtMs - agoMs + valueMs <= endedByMs) before.push(valueMs);
    }
    return before.length < least ? Number.NaN : (before.sort((a, b) => a - b)[rank(q, before.length)] ?? Number.NaN);
  }

  #countNewest(n: number, mark: Mark): number {
    let count = 0;
    for (let back = Math.min(n, this.size); back > 0; back -= 1) if (this.#marks[this.#slot(back)] === mark) count += 1;
    return count;
  }

  #slot(back: number): number {
    return (this.#added - back) % this.#window;
  }

  #forget(slot: number): void {
    const valueMs = this.#valueMs[slot] ?? 0;
    const mark: Mark = this.#marks[slot] ?? Mark.Exact;
    if (mark === Mark.Hung) this.#hung -= 1;
    if (mark >= Mark.Hung) this.open.remove(mark === Mark.Hung ? Infinity : valueMs);
    else {
      this.exact.remove(valueMs);
      this.#logSum -= logUnits(valueMs);
    }
  }
}

/**
 * The smallest exact duration that a share `q` does not exceed, where `longer` tells how many others are known to last
 * longer than a duration. Those that ended by other means before it say nothing and are left out. Infinity: none is.
 */
export function quantileAmong(exact: SortedValues, q: number, longer: (valueMs: number) => number): number {
  for (let place = rank(q, exact.size); place < exact.size; place += 1) {
    const valueMs = exact.at(place);
    const beyond = longer(valueMs);
    if (exact.size - 1 - place + beyond <= (1 - q) * (exact.size + beyond) + TOLERANCE) return valueMs;
  }
  return Infinity;
}

const TOLERANCE = 1e-9;
const TICK_MS = 10;

/** Wall clock in ticks, of which only the last 32 bits are kept. */
function ticks(timeMs: number): number {
  return Math.floor(timeMs / TICK_MS) >>> 0;
}

function markOf(sample: Sample): Mark {
  if (sample.kind === 'hung') return Mark.Hung;
  if (sample.kind === 'censored') return Mark.Censored;
  return sample.deadlineMs > 0 && sample.valueMs > sample.deadlineMs ? Mark.FalseKill : Mark.Exact;
}

function logUnits(valueMs: number): number {
  return Math.round(Math.log(valueMs) * LOG_UNIT);
}

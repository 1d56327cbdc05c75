import type { EstimatorPolicy } from '@leeway/contract';
import { type Sample, decodeSample } from './sample.js';

export type LevelPolicy = Pick<EstimatorPolicy, 'window' | 'keptKills'>;

/**
 * What one level of a class has taught: its last `window` results, kept sorted. A pure function of its ring, so that
 * every process that reads the same ring decides the same. Add from oldest to newest.
 */
export class LevelState {
  /** Ring in order of arrival; a hung result is +Infinity, a censored one negative. */
  readonly #arrived: Float32Array;
  /** The same results, ascending by length. */
  readonly #sorted: Float32Array;
  readonly #killDeadlines: number[] = [];
  readonly #policy: LevelPolicy;
  #next = 0;
  #size = 0;
  #hung = 0;
  #censored = 0;
  #lastAtMs = 0;

  constructor(policy: LevelPolicy) {
    this.#policy = policy;
    this.#arrived = new Float32Array(policy.window);
    this.#sorted = new Float32Array(policy.window);
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

  add(sample: Sample): void {
    if (this.#size === this.#policy.window) this.#forget(this.#arrived[this.#next] ?? 0);
    const entry = sample.kind === 'hung' ? Infinity : sample.kind === 'censored' ? -sample.valueMs : sample.valueMs;
    this.#arrived[this.#next] = entry;
    this.#next = (this.#next + 1) % this.#policy.window;
    this.#insert(Math.fround(entry));
    if (sample.kind === 'hung') this.#hung += 1;
    if (sample.kind === 'censored') this.#censored += 1;
    if (sample.kind !== 'exact') this.#keepKill(sample.valueMs);
    this.#lastAtMs = Math.max(this.#lastAtMs, sample.atMs);
  }

  /** Results held. */
  get size(): number {
    return this.#size;
  }

  /** Of those, the ones that are only known to be longer than their value, hung ones included. */
  get censored(): number {
    return this.#censored + this.#hung;
  }

  get exact(): number {
    return this.#size - this.censored;
  }

  get lastAtMs(): number {
    return this.#lastAtMs;
  }

  /** Longest of the last runs that were ended before they ended by themselves; 0: none. */
  get largestKillMs(): number {
    return Math.max(0, ...this.#killDeadlines);
  }

  /** Largest exact result; 0: none. */
  get largestExactMs(): number {
    for (let at = this.#size - 1; at >= 0; at -= 1) {
      const entry = this.#sorted[at] ?? 0;
      if (entry >= 0 && entry !== Infinity) return entry;
    }
    return 0;
  }

  /**
   * The duration that a share `q` of the runs does not exceed, censored ones counted by Kaplan and Meier's method.
   * Infinity when it lies among those that never ended; NaN for a level without results.
   */
  quantile(q: number): number {
    if (this.#size === 0) return Number.NaN;
    if (this.#censored === 0) return this.#sorted[rank(q, this.#size)] ?? Infinity;
    let surviving = 1;
    for (let at = 0; at < this.#size; at += 1) {
      const entry = this.#sorted[at] ?? 0;
      if (entry < 0) continue;
      if (entry === Infinity) return Infinity;
      surviving *= 1 - 1 / (this.#size - at);
      if (1 - surviving >= q - ROUNDING) return entry;
    }
    return Infinity;
  }

  /** The same quantile among the runs that ended by themselves; NaN if none did. */
  exactQuantile(q: number): number {
    if (this.exact === 0) return Number.NaN;
    let left = rank(q, this.exact);
    for (let at = 0; at < this.#size; at += 1) {
      const entry = this.#sorted[at] ?? 0;
      if (entry >= 0 && left-- === 0) return entry;
    }
    return Number.NaN;
  }

  /** The newest `n` results, oldest first: how long each took or lasted, and whether it ended by itself. */
  recent(n: number): { valueMs: number; exact: boolean }[] {
    const out: { valueMs: number; exact: boolean }[] = [];
    const window = this.#policy.window;
    for (let back = Math.min(n, this.#size); back > 0; back -= 1) {
      const entry = this.#arrived[(this.#next - back + window) % window] ?? 0;
      out.push({ valueMs: Math.abs(entry), exact: entry >= 0 && entry !== Infinity });
    }
    return out;
  }

  #keepKill(killedAtMs: number): void {
    this.#killDeadlines.push(killedAtMs);
    if (this.#killDeadlines.length > this.#policy.keptKills) this.#killDeadlines.shift();
  }

  #insert(entry: number): void {
    const at = this.#position(entry);
    this.#sorted.copyWithin(at + 1, at, this.#size);
    this.#sorted[at] = entry;
    this.#size += 1;
  }

  #forget(entry: number): void {
    const at = this.#position(entry);
    this.#sorted.copyWithin(at, at + 1, this.#size);
    this.#size -= 1;
    if (entry === Infinity) this.#hung -= 1;
    else if (entry < 0) this.#censored -= 1;
  }

  /** First place whose entry is not before this one; of equal lengths the exact stand first, as the method asks. */
  #position(entry: number): number {
    let low = 0;
    let high = this.#size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (before(this.#sorted[middle] ?? 0, entry)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const ROUNDING = 1e-9;

function before(a: number, b: number): boolean {
  const difference = Math.abs(a) - Math.abs(b);
  return difference === 0 || Number.isNaN(difference) ? a > b : difference < 0;
}

/** Index of the quantile `q` among `n` ascending results: the smallest that at least `q` of them do not exceed. */
export function rank(q: number, n: number): number {
  return Math.min(n - 1, Math.max(0, Math.ceil(q * n - ROUNDING) - 1));
}

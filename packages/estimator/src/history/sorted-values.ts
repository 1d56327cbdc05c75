/** A bounded set of numbers kept in ascending order. Adding and removing move at most `capacity` numbers, in place. */
export class SortedValues {
  private readonly values: Float32Array;
  private count = 0;

  constructor(capacity: number) {
    this.values = new Float32Array(capacity);
  }

  get size(): number {
    return this.count;
  }

  get bytes(): number {
    return this.values.byteLength;
  }

  /** The value at a place in ascending order; NaN beyond the end. */
  at(place: number): number {
    return place < this.count ? (this.values[place] ?? Number.NaN) : Number.NaN;
  }

  add(value: number): void {
    const place = this.countUpTo(value);
    this.values.copyWithin(place + 1, place, this.count);
    this.values[place] = value;
    this.count += 1;
  }

  /** Removes one value that is equal as a 32-bit float. */
  remove(value: number): void {
    const place = this.countUpTo(value) - 1;
    if (place < 0 || this.values[place] !== Math.fround(value)) return;
    this.values.copyWithin(place, place + 1, this.count);
    this.count -= 1;
  }

  /** How many are not above `value`. */
  countUpTo(value: number): number {
    const limit = Math.fround(value);
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.values[middle] ?? 0) <= limit) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** How many are above `value`. */
  countAbove(value: number): number {
    return this.count - this.countUpTo(value);
  }

  /** The smallest that a share `q` of them does not exceed; NaN when there are none. */
  quantile(q: number): number {
    return this.at(rank(q, this.count));
  }
}

const ROUNDING = 1e-9;

/** Place of the quantile `q` among `n` ascending results: the first that at least `q` of them do not exceed. */
export function rank(q: number, n: number): number {
  return Math.min(n - 1, Math.max(0, Math.ceil(q * n - ROUNDING) - 1));
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

/** At most `capacity` numbers in ascending order, as 32-bit floats. Adding and removing move the numbers behind the place. */
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

  /** Value at a place in ascending order; NaN beyond the end. */
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

  /** Number of values up to `value`. */
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

  /** Number of values above `value`. */
  countAbove(value: number): number {
    return this.count - this.countUpTo(value);
  }

  /** Smallest value that a share `q` of them does not exceed; NaN: there are none. */
  quantile(q: number): number {
    return this.at(rank(q, this.count));
  }
}

/** Rounding of shares: 0.95 × 20 is not exactly 19. */
const TOLERANCE = 1e-9;

/** Place of the quantile `q` among `n` ascending values: the first that a share `q` of them does not exceed. */
export function rank(q: number, n: number): number {
  return Math.min(n - 1, Math.max(0, Math.ceil(q * n - TOLERANCE) - 1));
}

/**
 * Smallest exact duration that a share `q` does not exceed, with `longer` as the number of unended runs known to be longer
 * than a duration. An unended run that is not known to be longer does not count. Infinity: no exact duration is long enough.
 */
export function quantileAmong(exact: SortedValues, q: number, longer: (valueMs: number) => number): number {
  for (let place = rank(q, exact.size); place < exact.size; place += 1) {
    const valueMs = exact.at(place);
    const beyond = longer(valueMs);
    if (exact.size - 1 - place + beyond <= (1 - q) * (exact.size + beyond) + TOLERANCE) return valueMs;
  }
  return Infinity;
}

/** The lower of the two middle values where their number is even; 1 without any. */
export function lowerMedian(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[(values.length - 1) >> 1] ?? 1;
}

/** The newest `capacity` values, in ascending order. */
export class SortedWindow {
  private readonly arrived: number[] = [];
  readonly sorted: number[] = [];
  private next = 0;

  constructor(readonly capacity: number) {}

  add(value: number): void {
    if (this.arrived.length === this.capacity) this.sorted.splice(place(this.sorted, this.arrived[this.next] ?? 0), 1);
    this.arrived[this.next] = value;
    this.next = (this.next + 1) % this.capacity;
    this.sorted.splice(place(this.sorted, value), 0, value);
  }

  /** By nearest rank; NaN when empty. */
  quantile(q: number, among = this.sorted.length): number {
    return this.sorted[Math.max(0, Math.ceil(q * among - 1e-9) - 1)] ?? Number.NaN;
  }
}

function place(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

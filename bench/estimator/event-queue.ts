/** A priority queue of events by time, and by the order of insertion at equal times: a binary heap in typed arrays. */
export class EventQueue {
  private times = new Float64Array(1_024);
  private orders = new Float64Array(1_024);
  private events = new Int32Array(1_024);
  private size = 0;
  private added = 0;

  get nextMs(): number {
    return this.size === 0 ? Infinity : (this.times[0] ?? Infinity);
  }

  add(timeMs: number, event: number): void {
    if (this.size === this.times.length) this.grow();
    let at = this.size++;
    const order = this.added++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.isBefore(timeMs, order, parent)) break;
      this.move(parent, at);
      at = parent;
    }
    this.put(at, timeMs, order, event);
  }

  /** Removes and returns the earliest event. Only while `nextMs` is finite. */
  take(): number {
    const event = this.events[0] ?? 0;
    this.size -= 1;
    const last = this.size;
    const timeMs = this.times[last] ?? 0;
    const order = this.orders[last] ?? 0;
    const moved = this.events[last] ?? 0;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= last) break;
      if (child + 1 < last && this.isBefore(this.times[child + 1] ?? 0, this.orders[child + 1] ?? 0, child)) child += 1;
      if (this.isBefore(timeMs, order, child)) break;
      this.move(child, at);
      at = child;
    }
    this.put(at, timeMs, order, moved);
    return event;
  }

  private isBefore(timeMs: number, order: number, other: number): boolean {
    const difference = timeMs - (this.times[other] ?? 0);
    return difference === 0 ? order < (this.orders[other] ?? 0) : difference < 0;
  }

  private move(from: number, to: number): void {
    this.put(to, this.times[from] ?? 0, this.orders[from] ?? 0, this.events[from] ?? 0);
  }

  private put(at: number, timeMs: number, order: number, event: number): void {
    this.times[at] = timeMs;
    this.orders[at] = order;
    this.events[at] = event;
  }

  private grow(): void {
    const larger = <T extends Float64Array | Int32Array>(array: T, next: T): T => {
      next.set(array);
      return next;
    };
    this.times = larger(this.times, new Float64Array(this.times.length * 2));
    this.orders = larger(this.orders, new Float64Array(this.orders.length * 2));
    this.events = larger(this.events, new Int32Array(this.events.length * 2));
  }
}

import type { Clock } from '@leeway/runtime';

export interface SharedReadingOptions {
  /** A reading younger than this is given to everybody who asks. */
  maxAgeMs: number;
  clock: Clock;
}

/**
 * One reading for any number of readers: ten open browsers cost Redis as much as one. A failed reading is shared like
 * any other, so that an outage is not made worse by those who watch it.
 */
export class SharedReading<T> {
  private latest: { value: Promise<T>; atMs: number } | undefined;

  constructor(
    private readonly read: () => Promise<T>,
    private readonly options: SharedReadingOptions,
  ) {}

  /** Rejects with whatever the reading failed with. */
  get(): Promise<T> {
    const nowMs = this.options.clock.monotonicMs();
    if (this.latest === undefined || nowMs - this.latest.atMs >= this.options.maxAgeMs) {
      this.latest = { value: this.read(), atMs: nowMs };
    }
    return this.latest.value;
  }
}

import type { Clock } from './clock.js';

export interface CachedValueOptions<T> {
  read: () => Promise<T>;
  /** A value that is this old is read again, in ms. */
  maxAgeMs: number;
  clock: Pick<Clock, 'monotonicMs'>;
  /**
   * True: a failed read is shared until it is as old, so that readers who watch an outage do not make it worse. False: the
   * next reader tries again.
   */
  keepsFailures: boolean;
}

/** One value for any number of readers, read at most once per `maxAgeMs`; readers that come meanwhile share the read. */
export class CachedValue<T> {
  private latest: { value: Promise<T>; atMs: number } | undefined;

  constructor(private readonly options: CachedValueOptions<T>) {}

  /** Rejects with what the read failed with. */
  get(): Promise<T> {
    const { read, maxAgeMs, clock, keepsFailures } = this.options;
    const nowMs = clock.monotonicMs();
    if (this.latest !== undefined && nowMs - this.latest.atMs < maxAgeMs) return this.latest.value;
    const latest = { value: read(), atMs: nowMs };
    this.latest = latest;
    if (!keepsFailures) latest.value.catch(() => this.forget(latest));
    return latest.value;
  }

  /** A newer read that was begun meanwhile stays. */
  private forget(failed: { value: Promise<T> }): void {
    if (this.latest === failed) this.latest = undefined;
  }
}

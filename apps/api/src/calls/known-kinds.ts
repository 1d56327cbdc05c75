import type { Clock } from '@leeway/runtime';

export interface KnownKindsOptions {
  read: () => Promise<string[]>;
  /** A list older than this is read again, in milliseconds. */
  maxAgeMs: number;
  clock: Clock;
}

/** The kinds that workers can run, read at most once per `maxAgeMs` however many jobs arrive. */
export class KnownKinds {
  private latest: { kinds: Promise<string[]>; atMs: number } | undefined;

  constructor(private readonly options: KnownKindsOptions) {}

  /** Throws what reading threw; a failed reading is not kept. */
  get(): Promise<string[]> {
    const { read, maxAgeMs, clock } = this.options;
    const nowMs = clock.monotonicMs();
    if (this.latest === undefined || nowMs - this.latest.atMs > maxAgeMs) {
      const kinds = read();
      this.latest = { kinds, atMs: nowMs };
      kinds.catch(() => (this.latest = undefined));
    }
    return this.latest.kinds;
  }
}

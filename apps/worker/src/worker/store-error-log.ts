import type { Clock, Log } from '@leeway/runtime';

/** The same error of Redis is logged again after this long, in ms. */
const REPEAT_AFTER_MS = 30_000;
/** Messages that are remembered for that. */
const MAX_MESSAGES = 20;

/** Logs errors of Redis: an outage repeats the same message many times a second. */
export class StoreErrorLog {
  private readonly loggedAtMs = new Map<string, number>();

  constructor(
    private readonly log: Log,
    private readonly clock: Pick<Clock, 'monotonicMs'>,
  ) {}

  add({ message }: Error): void {
    const nowMs = this.clock.monotonicMs();
    if (nowMs - (this.loggedAtMs.get(message) ?? -Infinity) < REPEAT_AFTER_MS) return;
    if (this.loggedAtMs.size > MAX_MESSAGES) this.loggedAtMs.clear();
    this.loggedAtMs.set(message, nowMs);
    this.log.warn({ event: 'store_error' }, `Redis: ${message}`);
  }
}

import type { Clock } from '@leeway/runtime';

/** The longest delay that setTimeout can take. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** One timer on the monotonic clock that is set again and again, however far away its moment is. */
export class AttemptTimer {
  private timer: NodeJS.Timeout | undefined;

  /** `onDue` hears how much later it fires than it was set to; it may fire early when the moment is weeks away. */
  constructor(
    private readonly clock: Clock,
    private readonly onDue: (lateByMs: number) => void,
  ) {}

  /** Takes the place of what it was set to before. Infinity: never. */
  setTo(dueMs: number): void {
    this.clear();
    if (dueMs === Infinity) return;
    const nowMs = this.clock.monotonicMs();
    const inMs = Math.min(Math.max(0, dueMs - nowMs), LONGEST_TIMER_MS);
    this.timer = setTimeout(() => this.onDue(this.clock.monotonicMs() - nowMs - inMs), Math.ceil(inMs));
  }

  clear(): void {
    clearTimeout(this.timer);
  }
}

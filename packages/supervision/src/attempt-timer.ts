/** The longest delay that setTimeout takes. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** One timer on the monotonic clock that is set again and again, however far away its moment is. */
export class AttemptTimer {
  private timer: NodeJS.Timeout | undefined;

  /** `onDue` gets how much later it fires than it was set to; it may fire early when the moment is weeks away. */
  constructor(
    private readonly nowMs: () => number,
    private readonly onDue: (lateByMs: number) => void,
  ) {}

  /** Replaces what it was set to before. Infinity: never. */
  setTo(dueMs: number): void {
    this.clear();
    if (dueMs === Infinity) return;
    const setAtMs = this.nowMs();
    const inMs = Math.min(Math.max(0, dueMs - setAtMs), LONGEST_TIMER_MS);
    this.timer = setTimeout(() => this.onDue(this.nowMs() - setAtMs - inMs), Math.ceil(inMs));
  }

  clear(): void {
    clearTimeout(this.timer);
  }
}

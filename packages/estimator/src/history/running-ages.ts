/** How long the attempts that run now have lasted. Starts that lie in the future (clocks that went back) have no age. */
export class RunningAges {
  /** `startedMs`: wall clock, ascending. */
  constructor(
    readonly startedMs: readonly number[],
    readonly nowMs: number,
  ) {}

  /** How many have lasted longer than `limitMs`, but not longer than `atMostMs`. */
  longerThan(limitMs: number, atMostMs = Infinity): number {
    return Math.max(0, this.startedBefore(this.nowMs - limitMs) - this.startedBefore(this.nowMs - atMostMs));
  }

  /** The oldest that has lasted at most `atMostMs`; 0: none has. */
  oldestMs(atMostMs = Infinity): number {
    const startMs = this.startedMs[this.startedBefore(this.nowMs - atMostMs)];
    return startMs === undefined ? 0 : Math.max(0, this.nowMs - startMs);
  }

  private startedBefore(timeMs: number): number {
    let low = 0;
    let high = this.startedMs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.startedMs[middle] ?? 0) < timeMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

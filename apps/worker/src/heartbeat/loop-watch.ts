/** The state of the main loop, by its pulse. */
export type LoopState =
  | { state: 'alive' }
  | { state: 'paused'; pausedMs: number }
  | { state: 'frozen'; pausedMs: number };

/** Part of the time until a loop counts as frozen from which its pause is reported: large garbage collections and JSON stay below it. */
const PAUSE_SHARE = 0.4;

export interface LoopLimits {
  /** A loop that is blocked for this long does not recover. */
  loopFrozenMs: number;
}

/**
 * Finds a blocked main loop by its pulse. Only time in which this thread itself ran counts: a suspended process is no
 * blocked loop. Pure: times and pulse are handed in.
 */
export class LoopWatch {
  private lastPulse = -1;
  private pausedMs = 0;
  private lastLookMs: number | undefined;
  private reported = false;

  constructor(
    private readonly limits: LoopLimits,
    /** The time between two looks; in a gap of twice as long the whole process was suspended. */
    private readonly lookEveryMs: number,
  ) {}

  look(pulse: number, nowMs: number): LoopState {
    const gapMs = Math.min(nowMs - (this.lastLookMs ?? nowMs), this.lookEveryMs * 2);
    this.lastLookMs = nowMs;
    if (pulse !== this.lastPulse) {
      this.lastPulse = pulse;
      this.pausedMs = 0;
      this.reported = false;
      return { state: 'alive' };
    }
    this.pausedMs += gapMs;
    if (this.pausedMs >= this.limits.loopFrozenMs) return { state: 'frozen', pausedMs: this.pausedMs };
    if (this.pausedMs < this.limits.loopFrozenMs * PAUSE_SHARE || this.reported) return { state: 'alive' };
    this.reported = true;
    return { state: 'paused', pausedMs: this.pausedMs };
  }
}

import type { ClockCause, ClockLimits } from './attempt-limits.js';

/** A clock that has run out: what it allowed, and how much of that was used. */
export interface Expiry {
  cause: ClockCause;
  limitMs: number;
  elapsedMs: number;
}

/** Why clocks are paused: somebody paused the job, or the job waits for a person. */
export type PauseReason = 'control' | 'approval';

/** What the clocks measured. */
export interface ClockReadings {
  firstOutputMs?: number;
  /** The longest time without activity, while no tool ran. */
  maxGapMs?: number;
  /** The longest time without activity while a tool ran. */
  maxToolGapMs?: number;
  outputs: number;
}

interface RunningClock {
  atMs: number;
  expiry: (nowMs: number) => Expiry;
}

/**
 * The clocks of one attempt: total, first output, idle, tool silence. Pure: the time is handed in, monotonic and in ms.
 * Activity resets idle (or tool silence while a tool runs), and nothing else.
 */
export class Clocks {
  private deadlineMs: number;
  private firstOutputAtMs: number | undefined;
  private lastActivityMs: number;
  private toolRuns = false;
  private maxGapMs: number | undefined;
  private maxToolGapMs: number | undefined;
  private outputs = 0;
  /** The start, later by the time of all pauses that are over. */
  private startedMs: number;
  private pausedSinceMs: number | undefined;
  /** The latest end of each pause that lasts. */
  private readonly pauses = new Map<PauseReason, number>();
  private tightIdleMs: number | null = null;
  /** The clock for first output counts from here. */
  private silentFromMs: number;
  private isBetweenCalls = false;

  constructor(
    private limits: ClockLimits,
    private readonly claimedMs: number,
  ) {
    this.startedMs = claimedMs;
    this.deadlineMs = limits.deadlineMs;
    this.lastActivityMs = claimedMs;
    this.silentFromMs = claimedMs;
  }

  get deadline(): number {
    return this.deadlineMs;
  }

  get isPaused(): boolean {
    return this.pausedSinceMs !== undefined;
  }

  /** The time of all pauses that are over, in ms. */
  get totalPausedMs(): number {
    return this.startedMs - this.claimedMs;
  }

  /** When the deadline comes, if every pause that lasts takes as long as it may. */
  get latestEndMs(): number {
    if (this.pausedSinceMs === undefined) return this.startedMs + this.deadlineMs;
    return Math.max(...this.pauses.values()) + this.deadlineMs - this.elapsed(this.pausedSinceMs);
  }

  isPausedFor(reason: PauseReason): boolean {
    return this.pauses.has(reason);
  }

  /** Since the start, without the time of pauses. */
  elapsed(nowMs: number): number {
    return (this.pausedSinceMs ?? nowMs) - this.startedMs;
  }

  /** Stops all clocks but completeBy until `resume` was called for every reason; for this one in `mostMs` at the latest. */
  pause(nowMs: number, reason: PauseReason, mostMs: number): void {
    if (!this.pauses.has(reason)) this.pauses.set(reason, nowMs + mostMs);
    this.pausedSinceMs ??= nowMs;
  }

  /** Returns how long the clocks were paused, in ms, once they run again; 0 while another reason is left. */
  resume(nowMs: number, reason: PauseReason): number {
    this.pauses.delete(reason);
    if (this.pauses.size > 0) return 0;
    const pausedMs = nowMs - (this.pausedSinceMs ?? nowMs);
    this.pausedSinceMs = undefined;
    this.startedMs += pausedMs;
    this.lastActivityMs += pausedMs;
    this.silentFromMs += pausedMs;
    if (this.firstOutputAtMs !== undefined) this.firstOutputAtMs += pausedMs;
    return pausedMs;
  }

  /** Caps the idle window; null: as in the limits. */
  tightenIdle(mostMs: number | null): void {
    this.tightIdleMs = mostMs;
  }

  /** Other limits from now on; they may be shorter. */
  change(limits: ClockLimits): void {
    this.limits = limits;
    this.deadlineMs = limits.deadlineMs;
  }

  /** `cause`: with which the longer deadline ends the attempt; absent: as before. */
  extend(deadlineMs: number, cause = this.limits.deadlineCause): void {
    this.limits = { ...this.limits, deadlineCause: cause };
    this.deadlineMs = Math.max(this.deadlineMs, deadlineMs);
  }

  /** True for the first output: from here on another clock judges silence. */
  output(nowMs: number): boolean {
    const isFirst = this.firstOutputAtMs === undefined;
    this.firstOutputAtMs ??= nowMs;
    this.outputs += 1;
    this.activity(nowMs);
    return isFirst;
  }

  activity(nowMs: number): void {
    const gap = nowMs - this.lastActivityMs;
    if (this.toolRuns) this.maxToolGapMs = Math.max(this.maxToolGapMs ?? 0, gap);
    else this.maxGapMs = Math.max(this.maxGapMs ?? 0, gap);
    this.lastActivityMs = nowMs;
  }

  /** While a tool runs the idle clock is stopped and the tool clock runs. */
  tool(running: boolean, nowMs: number): void {
    if (running === this.toolRuns) return;
    this.activity(nowMs);
    this.toolRuns = running;
  }

  /**
   * Between two calls (true) of a handler that calls others the clocks for silence are stopped; with the next call (false)
   * they start anew. The deadline is not affected.
   */
  betweenCalls(isBetween: boolean, nowMs: number): void {
    this.isBetweenCalls = isBetween;
    if (isBetween) return;
    if (this.firstOutputAtMs === undefined) this.silentFromMs = nowMs;
    this.lastActivityMs = nowMs;
  }

  /** Time in which the whole process was stopped is no silence of the job; the deadline is not affected. */
  excludeStall(stallMs: number): void {
    this.silentFromMs += stallMs;
    this.lastActivityMs += stallMs;
  }

  /** The clock that has run out, the strictest first. */
  expired(nowMs: number): Expiry | undefined {
    return this.running()
      .find((clock) => nowMs >= clock.atMs)
      ?.expiry(nowMs);
  }

  /** When the next clock runs out. */
  nextMs(): number {
    return Math.min(...this.running().map((clock) => clock.atMs));
  }

  readings(nowMs: number): ClockReadings {
    if (this.outputs > 0) this.activity(nowMs);
    return {
      outputs: this.outputs,
      ...(this.firstOutputAtMs === undefined ? {} : { firstOutputMs: this.firstOutputAtMs - this.silentFromMs }),
      ...(this.maxGapMs === undefined ? {} : { maxGapMs: this.maxGapMs }),
      ...(this.maxToolGapMs === undefined ? {} : { maxToolGapMs: this.maxToolGapMs }),
    };
  }

  private running(): RunningClock[] {
    const { deadlineCause, completeInMs } = this.limits;
    const clocks = completeInMs === null ? [] : [clock('complete_by', this.claimedMs, completeInMs)];
    if (this.isPaused) return clocks;
    clocks.push(clock(deadlineCause, this.startedMs, this.deadlineMs));
    return this.isBetweenCalls ? clocks : [...clocks, ...this.silenceClocks()];
  }

  private silenceClocks(): RunningClock[] {
    const { firstOutputMs, toolMs } = this.limits;
    const idleMs = this.limits.idleMs === null ? null : Math.min(this.limits.idleMs, this.tightIdleMs ?? Infinity);
    const awaitsOutput = this.firstOutputAtMs === undefined && firstOutputMs !== null;
    const clocks: RunningClock[] = awaitsOutput ? [clock('first_output', this.silentFromMs, firstOutputMs)] : [];
    if (this.toolRuns && toolMs !== null) clocks.push(clock('tool_silence', this.lastActivityMs, toolMs));
    // Before the first output its own clock judges silence, where there is one.
    if (!this.toolRuns && !awaitsOutput && idleMs !== null) clocks.push(clock('idle', this.lastActivityMs, idleMs));
    return clocks;
  }
}

function clock(cause: ClockCause, fromMs: number, limitMs: number): RunningClock {
  return {
    atMs: fromMs + limitMs,
    expiry: (nowMs) => ({ cause, limitMs, elapsedMs: Math.round(nowMs - fromMs) }),
  };
}

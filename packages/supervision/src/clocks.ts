import type { Cap, Cause, Decision } from '@leeway/contract';

/** A clock that has run out: what it allowed, and who set it. */
export interface Expiry {
  cause: Extract<
    Cause,
    'deadline' | 'first_output' | 'idle' | 'tool_silence' | 'overall' | 'complete_by' | 'budget_exhausted'
  >;
  limitMs: number;
  elapsedMs: number;
}

/** Limits of one attempt, in ms from its start; null: no such clock. */
export interface ClockLimits {
  deadlineMs: number;
  firstOutputMs: number | null;
  idleMs: number | null;
  toolMs: number | null;
  /** Which clock the deadline stands for, where it was cut by a larger one. */
  deadlineCause: Expiry['cause'];
  /** The one clock that a pause does not stop; null: no completeBy. */
  completeInMs: number | null;
}

/** Why clocks stand: somebody paused the job, or the job waits for a person. */
export type HoldReason = 'paused' | 'waiting';

/** What the clocks saw, for the observation. */
export interface ClockReadings {
  firstOutputMs?: number;
  maxGapMs?: number;
  maxToolGapMs?: number;
  outputs: number;
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

  private startedMs: number;
  private heldSinceMs: number | undefined;
  private readonly holders = new Set<HoldReason>();
  private tightIdleMs: number | null = null;
  /** The clock for first output counts from here. */
  private silentFromMs: number;
  private isBetweenCalls = false;

  constructor(
    private limits: ClockLimits,
    private readonly openedMs: number,
  ) {
    this.startedMs = openedMs;
    this.deadlineMs = limits.deadlineMs;
    this.lastActivityMs = openedMs;
    this.silentFromMs = openedMs;
  }

  /** Since the start, without the time that the clocks stood. */
  elapsed(nowMs: number): number {
    return (this.heldSinceMs ?? nowMs) - this.startedMs;
  }

  /** The clocks stand, all but completeBy, until `resume` was called for every reason they stand for. */
  hold(nowMs: number, why: HoldReason = 'paused'): void {
    this.holders.add(why);
    this.heldSinceMs ??= nowMs;
  }

  /** Returns how long they stood, in ms, once they run again; 0 while there is another reason to stand. */
  resume(nowMs: number, why: HoldReason = 'paused'): number {
    this.holders.delete(why);
    if (this.holders.size > 0) return 0;
    const pausedMs = nowMs - (this.heldSinceMs ?? nowMs);
    this.heldSinceMs = undefined;
    this.startedMs += pausedMs;
    this.lastActivityMs += pausedMs;
    this.silentFromMs += pausedMs;
    if (this.firstOutputAtMs !== undefined) this.firstOutputAtMs += pausedMs;
    return pausedMs;
  }

  /** All the time that the clocks stood and that is over, in ms. */
  get pausedMs(): number {
    return this.startedMs - this.openedMs;
  }

  get stands(): boolean {
    return this.heldSinceMs !== undefined;
  }

  heldFor(why: HoldReason): boolean {
    return this.holders.has(why);
  }

  /** The idle window is at most so long; null: as the limits say. */
  tightenIdle(mostMs: number | null): void {
    this.tightIdleMs = mostMs;
  }

  /** Other limits from now on; they may be shorter. */
  change(limits: ClockLimits): void {
    this.limits = limits;
    this.deadlineMs = limits.deadlineMs;
  }

  /** True for the first output: from here on silence has another clock. */
  output(nowMs: number): boolean {
    const first = this.firstOutputAtMs === undefined;
    this.firstOutputAtMs ??= nowMs;
    this.outputs += 1;
    this.activity(nowMs);
    return first;
  }

  activity(nowMs: number): void {
    const gap = nowMs - this.lastActivityMs;
    if (this.toolRuns) this.maxToolGapMs = Math.max(this.maxToolGapMs ?? 0, gap);
    else this.maxGapMs = Math.max(this.maxGapMs ?? 0, gap);
    this.lastActivityMs = nowMs;
  }

  /** While a tool runs the idle clock stands and the tool clock runs. */
  tool(running: boolean, nowMs: number): void {
    if (running === this.toolRuns) return;
    this.activity(nowMs);
    this.toolRuns = running;
  }

  /**
   * Between two calls of a handler that calls others the clocks for silence stand; with the next call (false) they start
   * anew. The deadline goes on.
   */
  betweenCalls(is: boolean, nowMs: number): void {
    this.isBetweenCalls = is;
    if (is) return;
    if (this.firstOutputAtMs === undefined) this.silentFromMs = nowMs;
    this.lastActivityMs = nowMs;
  }

  /** `cause`: in whose name the longer deadline ends it; absent: as before. */
  extend(deadlineMs: number, cause = this.limits.deadlineCause): void {
    this.limits = { ...this.limits, deadlineCause: cause };
    this.deadlineMs = Math.max(this.deadlineMs, deadlineMs);
  }

  get deadline(): number {
    return this.deadlineMs;
  }

  /** The worker itself stood still for so long: that was not the silence of the job. */
  forgive(ms: number): void {
    this.silentFromMs += ms;
    this.lastActivityMs += ms;
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

  private running(): { atMs: number; expiry: (nowMs: number) => Expiry }[] {
    const { firstOutputMs, toolMs, deadlineCause, completeInMs } = this.limits;
    const idleMs = this.limits.idleMs === null ? null : Math.min(this.limits.idleMs, this.tightIdleMs ?? Infinity);
    const clock = (cause: Expiry['cause'], fromMs: number, limitMs: number) => ({
      atMs: fromMs + limitMs,
      expiry: (nowMs: number) => ({ cause, limitMs, elapsedMs: Math.round(nowMs - fromMs) }),
    });
    const clocks = completeInMs === null ? [] : [clock('complete_by', this.openedMs, completeInMs)];
    if (this.stands) return clocks;
    clocks.push(clock(deadlineCause, this.startedMs, this.deadlineMs));
    if (this.isBetweenCalls) return clocks;
    const waiting = this.firstOutputAtMs === undefined;
    if (waiting && firstOutputMs !== null) clocks.push(clock('first_output', this.silentFromMs, firstOutputMs));
    if (this.toolRuns && toolMs !== null) clocks.push(clock('tool_silence', this.lastActivityMs, toolMs));
    // Before the first output its own clock judges silence, where there is one.
    if (!this.toolRuns && idleMs !== null && !(waiting && firstOutputMs !== null))
      clocks.push(clock('idle', this.lastActivityMs, idleMs));
    return clocks;
  }
}

/** Larger clocks that a deadline may stand for. */
const CAUSE_OF_CAP: Partial<Record<Cap['name'], Expiry['cause']>> = {
  overall: 'overall',
  complete_by: 'complete_by',
  mode: 'budget_exhausted',
  share: 'budget_exhausted',
  budget: 'budget_exhausted',
};

/** The clocks that a decision sets. A deadline that a larger clock cut short ends the job in that clock's name. */
export function clockLimits(decision: Decision): ClockLimits {
  const completeBy = decision.caps.find(({ name }) => name === 'complete_by');
  const larger = decision.caps.find((cap) => CAUSE_OF_CAP[cap.name] !== undefined && decides(cap, decision.deadlineMs));
  return {
    deadlineMs: decision.deadlineMs,
    firstOutputMs: decision.firstOutputMs,
    idleMs: decision.idleMs,
    toolMs: decision.toolMs,
    deadlineCause: CAUSE_OF_CAP[larger?.name ?? 'policy_max'] ?? 'deadline',
    completeInMs: completeBy?.limitMs ?? null,
  };
}

/**
 * Whether a cap decides a deadline, which may have been extended since: beyond the part of a step the learned deadline
 * decides, or all that the steps behind it leave.
 */
function decides({ name, bit, limitMs }: Cap, deadlineMs: number): boolean {
  if (name === 'share') return bit && deadlineMs <= limitMs;
  return bit || (name === 'budget' && Math.ceil(deadlineMs) >= Math.floor(limitMs));
}

import type { Decision } from '@leeway/contract';
import type { Clock } from '@leeway/runtime';
import { AttemptTimer } from './attempt-timer.js';
import { clockLimits, Clocks, type Expiry, type HoldReason } from './clocks.js';
import { resultOf, type RunResult, type Settled } from './run-result.js';
import type { Extension } from './extension.js';
import type { StopReason } from './stop-reason.js';

/** After the grace a handler gets this much to report its end, in ms; then it is abandoned. */
const KILL_MARGIN_MS = 700;
/** A timer that fires this much later than it should, in ms, means that the process stood still. */
const STOOD_STILL_MS = 1_000;

export interface Supervision {
  decision: Decision;
  graceMs: number;
  clock: Clock;
  /** When the attempt was opened, on that clock: its deadline counts from there, however long the decision took. Default: now. */
  openedMs?: number;
  /** Asked at expiry of the deadline, before anything is stopped: the longer deadline that holds now, or null. */
  askAgain: (current: Decision, elapsedMs: number) => Promise<Extension | null>;
  onExtended: (extension: Extension) => void;
  /** Called once. `lateMs`: from when on it counts as late. */
  onLate: (lateMs: number) => void;
}

/** What a handler gets of the clocks. */
export interface ClockCalls {
  /** Evidence of progress: resets the idle clock. */
  activity(): void;
  /** The first call stops the first-output clock; counts as activity. */
  output(): void;
  /** A tool runs from now on (true), or no more (false): meanwhile the idle clock stands and the tool clock runs. */
  tool(running: boolean): void;
  /** Asks for more time, in ms from now on the deadline. False: the hard cap does not allow it. */
  extend(ms: number): boolean;
  /** The work is done; only the end of a process is missing. */
  complete(): void;
  /** The work had ended by itself before a stop could reach it. */
  alreadyEnded(): void;
}

/**
 * Runs a handler under the clocks of a decision. Whatever the handler does, the returned promise settles: by itself, or
 * after a stop within the grace, or by abandoning the handler.
 */
export class Supervisor {
  private readonly abort = new AbortController();
  private readonly clocks: Clocks;
  private readonly timer: AttemptTimer;
  private readonly lateTimer: AttemptTimer;
  private decision: Decision;
  private expiry: Expiry | undefined;
  private stopped: (() => void) | undefined;
  private lateSaid = false;
  private completed = false;
  private ended = false;

  constructor(private readonly options: Supervision) {
    const { clock, decision, openedMs = clock.monotonicMs() } = options;
    this.decision = decision;
    this.clocks = new Clocks(clockLimits(decision), openedMs);
    this.timer = new AttemptTimer(clock, (lateByMs) => void this.check(lateByMs));
    this.lateTimer = new AttemptTimer(clock, () => this.sayLate());
  }

  get signal(): AbortSignal {
    return this.abort.signal;
  }

  get elapsedMs(): number {
    return this.clocks.elapsed(this.nowMs);
  }

  /** When the deadline comes, in ms from the start; so much later than `deadlineMs` as the clocks stood. */
  get deadlineInMs(): number {
    return this.clocks.deadline + this.clocks.pausedMs;
  }

  /** No extension goes beyond this, in ms from the start. */
  get hardCapInMs(): number {
    return this.decision.hardCapMs + this.clocks.pausedMs;
  }

  /** Current deadline, in ms from the start without the time that the clocks stood. */
  get deadlineMs(): number {
    return this.clocks.deadline;
  }

  /** Somebody paused it; it may stand for another reason as well. */
  get paused(): boolean {
    return this.clocks.heldFor('paused');
  }

  get currentDecision(): Decision {
    return this.decision;
  }

  /** Nothing that is asked of it has an effect any more. */
  get over(): boolean {
    return this.ended || this.abort.signal.aborted;
  }

  async run(start: () => Promise<unknown>): Promise<RunResult> {
    // Asked to stop while its decision was made: nobody calls a handler that cannot hear of it any more.
    if (this.abort.signal.aborted) return this.conclude({ value: undefined }, false);
    this.arm();
    const work = Promise.resolve()
      .then(start)
      .then(
        (value) => ({ value }),
        (error: unknown) => ({ error: error ?? new Error('the handler threw nothing') }),
      );
    const stop = new Promise<void>((resolve) => (this.stopped = resolve));
    const first = await Promise.race([work, stop.then(() => undefined)]);
    const settled = first ?? (await this.grace(work));
    const ending = this.conclude(settled, first !== undefined);
    return ending.abandoned ? { ...ending, settledLater: work } : ending;
  }

  /** Asks the handler to stop. The first reason wins; later ones change nothing. */
  stop(reason: StopReason): void {
    if (this.over) return;
    this.abort.abort(reason);
    this.stopped?.();
  }

  /** The clocks stand, all but completeBy. */
  pause(why: HoldReason = 'paused'): void {
    this.clocks.hold(this.nowMs, why);
    this.arm();
  }

  /** Returns how long they stood, in ms; 0 while they stand for another reason. */
  resume(why: HoldReason = 'paused'): number {
    const pausedMs = this.clocks.resume(this.nowMs, why);
    this.arm();
    return pausedMs;
  }

  /** Another decision holds from now on. */
  redecide(decision: Decision): void {
    this.decision = decision;
    this.clocks.change(clockLimits(decision));
    this.arm();
  }

  /** The idle window is at most so long for now, in ms; null: as it was decided. The deadline stays where it is. */
  tightenIdle(mostMs: number | null): void {
    this.clocks.tightenIdle(mostMs);
    this.arm();
  }

  /** The handler waits before it calls others again (true), or calls them now: silence counts from here. */
  betweenCalls(is: boolean): void {
    this.clocks.betweenCalls(is, this.nowMs);
    this.arm();
  }

  /** After the end nothing has an effect. */
  clockCalls(): ClockCalls {
    return {
      // Activity only postpones what the timer is set to, and a timer that fires early is set again: no need to arm.
      activity: () => this.clocks.activity(this.nowMs),
      output: () => {
        if (this.clocks.output(this.nowMs)) this.arm();
      },
      tool: (running) => {
        this.clocks.tool(running, this.nowMs);
        this.arm();
      },
      extend: (ms) => {
        const deadlineMs = Math.min(this.clocks.deadline + ms, this.decision.hardCapMs);
        return this.extendTo({ deadlineMs, by: 'handler', reason: 'its handler asked for more time' });
      },
      complete: () => {
        if (!this.over) this.completed = true;
      },
      alreadyEnded: () => {
        this.completed = true;
      },
    };
  }

  private get nowMs(): number {
    return this.options.clock.monotonicMs();
  }

  private extendTo(extension: Extension): boolean {
    const { deadlineMs } = extension;
    if (this.over || deadlineMs <= this.clocks.deadline) return false;
    this.decision = { ...this.decision, deadlineMs };
    this.clocks.extend(deadlineMs, clockLimits(this.decision).deadlineCause);
    this.arm();
    this.options.onExtended(extension);
    return true;
  }

  /** The timers for the clock that runs out next, and for being late. */
  private arm(): void {
    this.timer.setTo(this.over ? Infinity : this.clocks.nextMs());
    const { lateMs } = this.decision;
    const sayNothing = this.ended || this.lateSaid || this.clocks.stands || lateMs === null;
    this.lateTimer.setTo(sayNothing ? Infinity : this.nowMs + lateMs - this.elapsedMs);
  }

  private sayLate(): void {
    const { lateMs } = this.decision;
    if (lateMs === null || this.elapsedMs < lateMs) return this.arm();
    this.lateSaid = true;
    this.options.onLate(lateMs);
  }

  private async check(lateByMs: number): Promise<void> {
    if (lateByMs > STOOD_STILL_MS) this.clocks.forgive(lateByMs);
    const expiry = this.clocks.expired(this.nowMs);
    if (expiry === undefined) return this.arm();
    const mayGrow = expiry.cause === 'deadline' || expiry.cause === 'budget_exhausted';
    if (mayGrow && (await this.grewMeanwhile())) return;
    if (this.over) return;
    this.expiry = expiry;
    this.stop({ cause: expiry.cause, message: `${expiry.cause}: ${expiry.elapsedMs} ms of ${expiry.limitMs} ms` });
  }

  private async grewMeanwhile(): Promise<boolean> {
    const answer = await this.options.askAgain(this.decision, this.elapsedMs).catch(() => null);
    return answer !== null && answer.deadlineMs > this.elapsedMs && this.extendTo(answer);
  }

  private async grace(work: Promise<Settled>): Promise<Settled> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), this.options.graceMs + KILL_MARGIN_MS);
    });
    const settled = await Promise.race([work, limit]);
    clearTimeout(timer);
    return settled;
  }

  private conclude(settled: Settled, byItself: boolean): RunResult {
    this.ended = true;
    this.timer.clear();
    this.lateTimer.clear();
    const nowMs = this.nowMs;
    const { expiry, completed } = this;
    return resultOf(settled, {
      durationMs: this.clocks.elapsed(nowMs),
      readings: this.clocks.readings(nowMs),
      // What was learned from silence is learned from the window that held.
      decision: expiry?.cause === 'idle' ? { ...this.decision, idleMs: expiry.limitMs } : this.decision,
      reason: byItself ? undefined : (this.abort.signal.reason as StopReason),
      expiry,
      completed,
    });
  }
}

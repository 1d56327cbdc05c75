import type { Decision } from '@leeway/contract';
import type { Clock } from '@leeway/runtime';
import { withTimeout } from '@leeway/runtime/timeout';
import { type AttemptLimits, clockLimits } from './attempt-limits.js';
import { AttemptTimer } from './attempt-timer.js';
import { Clocks, type Expiry, type PauseReason } from './clocks.js';
import { resultOf, type RunResult, type Settled, type StopReason } from './run-result.js';

/** After the grace a handler gets this much to report its end, in ms; then it is abandoned. */
const KILL_MARGIN_MS = 700;
/** A timer that fires this much later than it should, in ms, means that the whole process was stopped meanwhile. */
const STALL_MS = 1_000;

/** A longer deadline, in ms from the start of the attempt. */
export interface Extension {
  deadlineMs: number;
  /** Who moved it: the handler asked, the estimator knew more at expiry, or the monitor read progress in the stream. */
  by: 'handler' | 'estimator' | 'monitor';
  /** For people. */
  reason: string;
}

export interface SupervisorOptions<Limits extends AttemptLimits = Decision> {
  /** How long the attempt may take. */
  decision: Limits;
  /** How long the handler may take to end after its abort, in ms. */
  graceMs: number;
  clock: Pick<Clock, 'monotonicMs'>;
  /** When the attempt was claimed, on that clock: its deadline counts from there. Default: now. */
  claimedMs?: number;
  /** Asked when the deadline has come, before anything is stopped: the longer one that holds now, or null. Default: null. */
  requestExtension?: (current: Limits, elapsedMs: number) => Promise<Extension | null>;
  /**
   * The deadline has another moment than before, whatever moved it: the start of the run, an extension, another decision, a
   * pause and its end. `leftMs`: from now until that moment, as late as the pauses that last allow. Whoever holds a lease
   * for the attempt renews it here and nowhere else.
   */
  onDeadlineMoved?: (leftMs: number) => void;
  onExtended?: (extension: Extension) => void;
  /** Called once. `lateMs`: from when on the attempt counts as late. */
  onLate?: (lateMs: number) => void;
}

/** What a handler reports to the clocks. Calls after the end have no effect. */
export interface ClockCalls {
  /** Evidence of progress: resets the idle clock. */
  activity(): void;
  /** The first call stops the first-output clock; counts as activity. */
  output(): void;
  /** A tool runs from now on (true), or no more (false): meanwhile the idle clock is stopped and the tool clock runs. */
  tool(running: boolean): void;
  /** Asks for more time, in ms on top of the deadline. False: the hard cap does not allow it. */
  extend(ms: number): boolean;
  /** The work is done; only the end of a process is missing. A deadline does not undo it any more. */
  complete(): void;
  /** The work had ended by itself before a stop could reach it: what the handler returns or throws counts. */
  alreadyEnded(): void;
}

/**
 * Runs one handler under the clocks of a decision. The promise of `run` settles whatever the handler does: when it ends,
 * after a stop within the grace, or by abandoning it.
 */
export class Supervisor<Limits extends AttemptLimits = Decision> {
  private readonly abort = new AbortController();
  private readonly clocks: Clocks;
  private readonly timer: AttemptTimer;
  private readonly lateTimer: AttemptTimer;
  private decision: Limits;
  private expiry: Expiry | undefined;
  private onStop: (() => void) | undefined;
  private latePublished = false;
  private completed = false;
  private ended = false;
  private publishedEndMs: number | undefined;

  constructor(private readonly options: SupervisorOptions<Limits>) {
    const { clock, decision, claimedMs = clock.monotonicMs() } = options;
    this.decision = decision;
    this.clocks = new Clocks(clockLimits(decision), claimedMs);
    const nowMs = () => this.nowMs;
    this.timer = new AttemptTimer(nowMs, (lateByMs) => void this.check(lateByMs));
    this.lateTimer = new AttemptTimer(nowMs, () => this.publishLate());
  }

  get signal(): AbortSignal {
    return this.abort.signal;
  }

  /** Since the start, without the time of pauses. */
  get elapsedMs(): number {
    return this.clocks.elapsed(this.nowMs);
  }

  /** The current deadline, in ms from the start without the time of pauses. */
  get deadlineMs(): number {
    return this.clocks.deadline;
  }

  /** The same with the time of the pauses that are over. */
  get deadlineInMs(): number {
    return this.clocks.deadline + this.clocks.totalPausedMs;
  }

  /** No extension goes beyond this, in ms from the start with the time of the pauses that are over. */
  get hardCapInMs(): number {
    return this.decision.hardCapMs + this.clocks.totalPausedMs;
  }

  get currentDecision(): Limits {
    return this.decision;
  }

  /** Somebody paused it; it may wait for a person as well. */
  get paused(): boolean {
    return this.clocks.isPausedFor('control');
  }

  /** Stopped or ended: controls have no effect any more. */
  get closed(): boolean {
    return this.ended || this.abort.signal.aborted;
  }

  /** Calls the handler and waits for its end. To be called once; never rejects. */
  async run(handler: () => Promise<unknown>): Promise<RunResult<Limits>> {
    // Stopped before it started: a handler that could not see its abort any more is not called.
    if (this.abort.signal.aborted) return this.conclude({ value: undefined }, false);
    this.update();
    const work = Promise.resolve()
      .then(handler)
      .then(
        (value) => ({ value }),
        (error: unknown) => ({ error: error ?? new Error('the handler threw nothing') }),
      );
    const stop = new Promise<undefined>((resolve) => (this.onStop = () => resolve(undefined)));
    const byItself = await Promise.race([work, stop]);
    const settled = byItself ?? (await this.withinGrace(work));
    const result = this.conclude(settled, byItself !== undefined);
    return result.abandoned ? { ...result, settledLater: work } : result;
  }

  /** Asks the handler to stop. The first reason wins; later ones change nothing. */
  stop(reason: StopReason): void {
    if (this.closed) return;
    this.abort.abort(reason);
    this.onStop?.();
  }

  /** Stops the clocks, all but completeBy. `mostMs`: how long this pause lasts at most. */
  pause(reason: PauseReason, mostMs: number): void {
    if (this.closed) return;
    this.clocks.pause(this.nowMs, reason, mostMs);
    this.update();
  }

  /** Returns how long the clocks were paused, in ms; 0 while they are paused for another reason. */
  resume(reason: PauseReason): number {
    const pausedMs = this.clocks.resume(this.nowMs, reason);
    this.update();
    return pausedMs;
  }

  /** Another decision holds from now on. */
  replaceDecision(decision: Limits): void {
    this.decision = decision;
    this.clocks.change(clockLimits(decision));
    this.update();
  }

  /** Caps the idle window, in ms; null: as it was decided. The deadline does not move. */
  tightenIdle(mostMs: number | null): void {
    this.clocks.tightenIdle(mostMs);
    this.update();
  }

  /** The handler waits before it calls others again (true), or calls them now (false): silence counts from here. */
  betweenCalls(isBetween: boolean): void {
    this.clocks.betweenCalls(isBetween, this.nowMs);
    this.update();
  }

  clockCalls(): ClockCalls {
    return {
      // Activity only postpones what the timer is set to, and a timer that fires early is set again: no update needed.
      activity: () => this.clocks.activity(this.nowMs),
      output: () => {
        if (this.clocks.output(this.nowMs)) this.update();
      },
      tool: (running) => {
        this.clocks.tool(running, this.nowMs);
        this.update();
      },
      extend: (ms) => {
        const deadlineMs = Math.min(this.clocks.deadline + ms, this.decision.hardCapMs);
        return this.extendTo({ deadlineMs, by: 'handler', reason: 'its handler asked for more time' });
      },
      complete: () => {
        if (!this.closed) this.completed = true;
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
    if (this.closed || deadlineMs <= this.clocks.deadline) return false;
    this.decision = { ...this.decision, deadlineMs };
    this.clocks.extend(deadlineMs, clockLimits(this.decision).deadlineCause);
    this.update();
    this.options.onExtended?.(extension);
    return true;
  }

  /** Follows every change of the clocks: sets the timers to what comes next, and publishes a deadline that has moved. */
  private update(): void {
    this.timer.setTo(this.closed ? Infinity : this.clocks.nextMs());
    const { lateMs } = this.decision;
    const isQuiet = this.ended || this.latePublished || this.clocks.isPaused || lateMs === null;
    this.lateTimer.setTo(isQuiet ? Infinity : this.nowMs + lateMs - this.elapsedMs);
    const endMs = this.clocks.latestEndMs;
    if (this.closed || endMs === this.publishedEndMs) return;
    this.publishedEndMs = endMs;
    this.options.onDeadlineMoved?.(Math.max(0, endMs - this.nowMs));
  }

  private publishLate(): void {
    const { lateMs } = this.decision;
    if (lateMs === null || this.elapsedMs < lateMs) return this.update();
    this.latePublished = true;
    this.options.onLate?.(lateMs);
  }

  private async check(lateByMs: number): Promise<void> {
    if (lateByMs > STALL_MS) this.clocks.excludeStall(lateByMs);
    const expiry = this.clocks.expired(this.nowMs);
    if (expiry === undefined) return this.update();
    const mayGrow = expiry.cause === 'deadline' || expiry.cause === 'budget_exhausted';
    if ((mayGrow && (await this.isExtended())) || this.closed) return;
    // Paused, or under another decision, while the extension was requested.
    if (this.clocks.expired(this.nowMs) === undefined) return this.update();
    this.expiry = expiry;
    this.stop({ cause: expiry.cause, message: `${expiry.cause}: ${expiry.elapsedMs} ms of ${expiry.limitMs} ms` });
  }

  private async isExtended(): Promise<boolean> {
    const { requestExtension } = this.options;
    const extension = await requestExtension?.(this.decision, this.elapsedMs).catch(() => null);
    return extension != null && extension.deadlineMs > this.elapsedMs && this.extendTo(extension);
  }

  private async withinGrace(work: Promise<Settled>): Promise<Settled> {
    return withTimeout(work, this.options.graceMs + KILL_MARGIN_MS, undefined);
  }

  private conclude(settled: Settled, byItself: boolean): RunResult<Limits> {
    this.ended = true;
    this.timer.clear();
    this.lateTimer.clear();
    const nowMs = this.nowMs;
    const { expiry, completed } = this;
    return resultOf(settled, {
      durationMs: this.clocks.elapsed(nowMs),
      readings: this.clocks.readings(nowMs),
      // The idle window that held is the one to learn from.
      decision: expiry?.cause === 'idle' ? { ...this.decision, idleMs: expiry.limitMs } : this.decision,
      reason: byItself ? undefined : (this.abort.signal.reason as StopReason),
      expiry,
      completed,
    });
  }
}

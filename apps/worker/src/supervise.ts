import type { Decision, Outcome } from '@leeway/contract';
import type { Clock } from '@leeway/service';
import { clockLimits, Clocks, type ClockReadings, type Expiry } from './clocks.js';
import { type HandlerContext, HandlerError, type StopReason } from './handler.js';

/** After the grace a handler gets this much to report its end, in ms; then it is abandoned. */
const KILL_MARGIN_MS = 700;
/** A timer that fires this much later than it should, in ms, means that the process stood still. */
const STOOD_STILL_MS = 1_000;

/** How a supervised run ended. */
export interface Ending {
  outcome: Extract<Outcome, 'succeeded' | 'failed' | 'stopped' | 'cancelled' | 'handed_back' | 'lost'>;
  durationMs: number;
  /** What the handler returned, or left when it failed or was stopped. */
  value?: unknown;
  error?: unknown;
  /** The clock that ended it. */
  expiry?: Expiry;
  reason?: StopReason;
  /** It ignored its abort and runs on in this process. */
  abandoned: boolean;
  /** Of an abandoned handler: resolves when it has ended after all; perhaps never. */
  endedAtLast?: Promise<unknown>;
  readings: ClockReadings;
  /** With the last extension. */
  decision: Decision;
}

export interface Supervision {
  decision: Decision;
  graceMs: number;
  clock: Clock;
  /** When the attempt was opened, on that clock: its deadline counts from there, however long the decision took. Default: now. */
  openedMs?: number;
  /** Asked at expiry of the deadline, before anything is stopped: the longer deadline that holds now, or null. */
  askAgain: (current: Decision, elapsedMs: number) => Promise<number | null>;
  onExtended: (deadlineMs: number) => void;
  /** Called once. `lateMs`: from when on it counts as late. */
  onLate: (lateMs: number) => void;
}

/**
 * Runs a handler under the clocks of a decision. Whatever the handler does, the returned promise settles: by itself, or
 * after a stop within the grace, or by abandoning the handler.
 */
export class Supervisor {
  private readonly abort = new AbortController();
  private readonly clocks: Clocks;
  private decision: Decision;
  private timer: NodeJS.Timeout | undefined;
  private lateTimer: NodeJS.Timeout | undefined;
  private expiry: Expiry | undefined;
  private stopped: (() => void) | undefined;
  private lateSaid = false;
  private ended = false;

  constructor(private readonly options: Supervision) {
    this.decision = options.decision;
    this.clocks = new Clocks(clockLimits(options.decision), options.openedMs ?? options.clock.monotonicMs());
  }

  get signal(): AbortSignal {
    return this.abort.signal;
  }

  get elapsedMs(): number {
    return this.clocks.elapsed(this.options.clock.monotonicMs());
  }

  /** When the deadline comes, in ms from the start; so much later than `deadlineMs` as the clocks stood. */
  get deadlineInMs(): number {
    return this.clocks.deadline + this.clocks.stoodMs;
  }

  /** No extension goes beyond this, in ms from the start. */
  get hardCapInMs(): number {
    return this.decision.hardCapMs + this.clocks.stoodMs;
  }

  /** Current deadline, in ms from the start without the time that the clocks stood. */
  get deadlineMs(): number {
    return this.clocks.deadline;
  }

  async run(start: () => Promise<unknown>): Promise<Ending> {
    this.arm();
    this.armLate();
    const work = Promise.resolve()
      .then(start)
      .then(
        (value) => ({ value }),
        (error: unknown) => ({ error: error ?? new Error('the handler threw nothing') }),
      );
    const stop = new Promise<void>((resolve) => (this.stopped = resolve));
    const first = await Promise.race([work, stop.then(() => undefined)]);
    const done = first ?? (await this.grace(work));
    this.ended = true;
    clearTimeout(this.timer);
    clearTimeout(this.lateTimer);
    const ending = this.ending(done, first !== undefined);
    return ending.abandoned ? { ...ending, endedAtLast: work } : ending;
  }

  /** Asks the handler to stop. The first reason wins; later ones change nothing. */
  stop(reason: StopReason): void {
    if (this.ended || this.abort.signal.aborted) return;
    this.abort.abort(reason);
    this.stopped?.();
  }

  /** The clocks stand, all but completeBy. */
  pause(): void {
    this.clocks.hold(this.options.clock.monotonicMs());
    this.arm();
    this.armLate();
  }

  /** Returns how long they stood, in ms. */
  resume(): number {
    const stoodMs = this.clocks.goOn(this.options.clock.monotonicMs());
    this.arm();
    this.armLate();
    return stoodMs;
  }

  get paused(): boolean {
    return this.clocks.stands;
  }

  /** Another decision holds from now on. */
  redecide(decision: Decision): void {
    this.decision = decision;
    this.clocks.change(clockLimits(decision));
    this.arm();
    this.armLate();
  }

  get currentDecision(): Decision {
    return this.decision;
  }

  /** What a handler gets of the clocks. After the end nothing has an effect. */
  clockCalls(): Pick<HandlerContext, 'activity' | 'tool' | 'extend'> & { output: () => void } {
    const now = () => this.options.clock.monotonicMs();
    return {
      // Activity only postpones what the timer is set to, and a timer that fires early is set again: no need to arm.
      activity: () => this.clocks.activity(now()),
      output: () => {
        if (this.clocks.output(now())) this.arm();
      },
      tool: (running) => {
        this.clocks.tool(running, now());
        this.arm();
      },
      extend: (ms) => this.extendTo(Math.min(this.clocks.deadline + ms, this.decision.hardCapMs)),
    };
  }

  private extendTo(deadlineMs: number): boolean {
    if (this.ended || this.abort.signal.aborted || deadlineMs <= this.clocks.deadline) return false;
    this.clocks.extend(deadlineMs);
    this.decision = { ...this.decision, deadlineMs };
    this.arm();
    this.options.onExtended(deadlineMs);
    return true;
  }

  private armLate(): void {
    clearTimeout(this.lateTimer);
    const { lateMs } = this.decision;
    if (this.ended || this.lateSaid || this.paused || lateMs === null || lateMs >= LONGEST_TIMER_MS) return;
    const say = () => {
      this.lateSaid = true;
      this.options.onLate(lateMs);
    };
    this.lateTimer = setTimeout(say, Math.max(0, lateMs - this.elapsedMs));
  }

  /** One timer for the clock that runs out next. */
  private arm(): void {
    clearTimeout(this.timer);
    if (this.ended || this.abort.signal.aborted) return;
    const dueMs = this.clocks.nextMs();
    if (dueMs === Infinity) return;
    const inMs = Math.min(Math.max(0, dueMs - this.options.clock.monotonicMs()), LONGEST_TIMER_MS);
    const planned = this.options.clock.monotonicMs() + inMs;
    this.timer = setTimeout(() => void this.check(planned), Math.ceil(inMs));
  }

  private async check(plannedMs: number): Promise<void> {
    const now = this.options.clock.monotonicMs();
    const lateBy = now - plannedMs;
    if (lateBy > STOOD_STILL_MS) this.clocks.forgive(lateBy);
    const expiry = this.clocks.expired(now);
    if (expiry === undefined) return this.arm();
    if (expiry.cause === 'deadline' && (await this.grewMeanwhile())) return;
    if (this.ended || this.abort.signal.aborted) return;
    this.expiry = expiry;
    this.stop({ cause: expiry.cause, message: `${expiry.cause}: ${expiry.elapsedMs} ms of ${expiry.limitMs} ms` });
  }

  private async grewMeanwhile(): Promise<boolean> {
    const deadlineMs = await this.options.askAgain(this.decision, this.elapsedMs).catch(() => null);
    return deadlineMs !== null && deadlineMs > this.elapsedMs && this.extendTo(deadlineMs);
  }

  private async grace(
    work: Promise<{ value?: unknown; error?: unknown }>,
  ): Promise<{ value?: unknown; error?: unknown } | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), this.options.graceMs + KILL_MARGIN_MS);
    });
    const done = await Promise.race([work, limit]);
    clearTimeout(timer);
    return done;
  }

  private ending(done: { value?: unknown; error?: unknown } | undefined, byItself: boolean): Ending {
    const nowMs = this.options.clock.monotonicMs();
    const common = {
      durationMs: this.clocks.elapsed(nowMs),
      abandoned: done === undefined,
      readings: this.clocks.readings(nowMs),
      decision: this.decision,
    };
    const left = done !== undefined && 'error' in done ? leftBehind(done.error) : done?.value;
    if (byItself && done !== undefined) {
      return 'error' in done
        ? { ...common, outcome: 'failed', error: done.error, value: left }
        : { ...common, outcome: 'succeeded', value: done.value };
    }
    const reason = this.abort.signal.reason as StopReason;
    const outcome =
      reason.cause === 'cancelled' || reason.cause === 'handed_back' || reason.cause === 'lost'
        ? reason.cause
        : 'stopped';
    return { ...common, outcome, reason, value: left, ...(this.expiry === undefined ? {} : { expiry: this.expiry }) };
  }
}

function leftBehind(error: unknown): unknown {
  return error instanceof HandlerError ? error.result : undefined;
}

/** The longest delay that setTimeout can take. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

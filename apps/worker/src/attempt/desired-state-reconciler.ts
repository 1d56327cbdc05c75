import { isDeepStrictEqual } from 'node:util';
import type { Decision } from '@leeway/contract';
import type { JobLimits } from '@leeway/forecast';
import type { AttemptStore, DesiredState } from '@leeway/queue';
import type { Supervisor } from '@leeway/supervision';
import type { Handler } from '../handlers/handler.js';
import type { Claim } from './attempt.js';

export interface ReconcilerOptions {
  /** `claim.work` takes over the limits that are changed while the attempt runs. */
  claim: Claim;
  handler: Pick<Handler, 'pause' | 'resume'>;
  supervisor: Pick<
    Supervisor,
    'signal' | 'stop' | 'pause' | 'resume' | 'paused' | 'currentDecision' | 'replaceDecision'
  >;
  /** The decision under other limits. */
  decide: (limits: JobLimits) => Promise<Decision>;
  attempts: Pick<AttemptStore, 'setPaused' | 'bindDecision'>;
  /** How long a pause lasts at most, in ms. */
  maxPauseMs: number;
  onError: (error: unknown) => void;
}

/** Limits that set the deadline; a change of any other leaves it where it is. */
const SETS_DEADLINE: readonly (keyof JobLimits)[] = ['timeoutMs', 'overallMs', 'completeBy'];

/** A pass that could not do everything (the process is only about to start, Redis is away) is repeated after this, in ms. */
const RETRY_MS = 100;

/**
 * Brings a running attempt to the state that its record asks for: cancelled, paused or running, with these limits. Passes
 * run one after the other, each for the newest desired state, until one has done everything.
 */
export class DesiredStateReconciler {
  private passes: Promise<void> = Promise.resolve();
  private desired: DesiredState = {};
  private retry: NodeJS.Timeout | undefined;
  private closed = false;
  /** The record has the attempt as paused. */
  private isPauseRecorded = false;
  /** Time of ended pauses that the record does not have yet, in ms. */
  private unrecordedMs = 0;

  constructor(private readonly options: ReconcilerOptions) {}

  setDesired(desired: DesiredState): void {
    if (this.closed) return;
    if (desired.cancel !== undefined) {
      this.options.supervisor.stop({ cause: 'cancelled', message: desired.cancel });
      return;
    }
    this.desired = desired;
    this.addPass();
  }

  /** The attempt has ended: nothing is repeated any more. */
  close(): void {
    this.closed = true;
    clearTimeout(this.retry);
  }

  private addPass(): void {
    clearTimeout(this.retry);
    this.passes = this.passes
      .then(() => this.reconcile(this.desired))
      .catch((error: unknown) => {
        this.options.onError(error);
        return false;
      })
      .then((isDone) => {
        if (!isDone && !this.closed) this.retry = setTimeout(() => this.addPass(), RETRY_MS);
      });
  }

  /** False: not all of it could be done now. */
  private async reconcile({ pause = false, limits }: DesiredState): Promise<boolean> {
    if (this.closed || this.options.supervisor.signal.aborted) return true;
    const isDone = pause ? await this.pause() : await this.resume();
    if (limits !== undefined && !isDeepStrictEqual(limits, this.options.claim.work.limits))
      await this.changeLimits(limits);
    return isDone;
  }

  /** First the process, then the clocks, then the record: the clocks never run while the process is paused. */
  private async pause(): Promise<boolean> {
    const { handler, claim, supervisor, attempts, maxPauseMs } = this.options;
    if (handler.pause === undefined) return true;
    if (!supervisor.paused) {
      if (!(await handler.pause(claim.id))) return false;
      supervisor.pause('control', maxPauseMs);
    }
    if (!this.isPauseRecorded) await attempts.setPaused(claim, { paused: true });
    this.isPauseRecorded = true;
    return true;
  }

  private async resume(): Promise<boolean> {
    const { handler, claim, supervisor, attempts } = this.options;
    if (supervisor.paused) {
      await handler.resume?.(claim.id);
      this.unrecordedMs += supervisor.resume('control');
    }
    if (this.isPauseRecorded) await attempts.setPaused(claim, { paused: false, pausedMs: this.unrecordedMs });
    this.isPauseRecorded = false;
    this.unrecordedMs = 0;
    return true;
  }

  private async changeLimits(limits: JobLimits): Promise<void> {
    const { supervisor, decide, claim, attempts } = this.options;
    const before = claim.work.limits;
    const decided = await decide(limits);
    // Whether another attempt follows, and the error of this one, depend on the limits at its end.
    claim.work.limits = limits;
    const now = supervisor.currentDecision;
    const setsDeadline = SETS_DEADLINE.some((name) => limits[name] !== before[name]);
    const decision: Decision = setsDeadline
      ? decided
      : { ...decided, deadlineMs: now.deadlineMs, hardCapMs: Math.max(now.hardCapMs, decided.hardCapMs) };
    supervisor.replaceDecision(decision);
    await attempts.bindDecision(claim, decision);
  }
}

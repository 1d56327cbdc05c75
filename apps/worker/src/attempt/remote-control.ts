import type { Supervisor } from '@leeway/supervision';
import type { Decision } from '@leeway/contract';
import type { AttemptStore, ClaimedAttempt, DesiredState } from '@leeway/queue';
import type { JobLimits } from '@leeway/forecast';
import type { AttemptWork } from '../decision/attempt-work.js';
import type { Handler } from '../handlers/handler.js';

export interface RemoteControlParts {
  opened: ClaimedAttempt;
  attemptId: string;
  /** Takes over the limits that are changed while it runs. */
  work: AttemptWork;
  handler: Pick<Handler, 'pause' | 'resume'>;
  supervisor: Pick<
    Supervisor,
    'signal' | 'stop' | 'pause' | 'resume' | 'paused' | 'deadlineMs' | 'currentDecision' | 'replaceDecision'
  >;
  /** The decision under other limits. */
  decide: (limits: JobLimits) => Promise<Decision>;
  attempts: Pick<AttemptStore, 'setPaused' | 'bindDecision'>;
  /** How long a pause lasts at most, in ms. */
  maxPauseMs: number;
  onError: (error: unknown) => void;
}

/** Limits that set the deadline; a change of others leaves it where it is. */
const SETS_DEADLINE: readonly (keyof JobLimits)[] = ['timeoutMs', 'overallMs', 'completeBy'];
/** What could not be done (its process is only about to start, Redis is away) is tried again after this, in ms. */
const TRY_AGAIN_MS = 100;

/**
 * Does what the record asks of a running attempt: cancel, pause, go on, other limits. Called with all wishes whenever
 * they change; one after the other, so that a quick pause and resume end in the order they were asked for. A wish holds
 * until it is fulfilled or another one takes its place.
 */
export class RemoteControl {
  private doing: Promise<void> = Promise.resolve();
  private desired: DesiredState = {};
  private again: NodeJS.Timeout | undefined;
  private closed = false;
  /** What the record says: that the attempt stands still. */
  private toldToStand = false;
  /** Time that the clocks stood and the record has not been told of, in ms. */
  private untoldMs = 0;
  private limits: string;

  constructor(private readonly parts: RemoteControlParts) {
    this.limits = JSON.stringify(parts.work.limits);
  }

  setDesired(desired: DesiredState): void {
    if (this.closed) return;
    if (desired.cancel !== undefined) {
      this.parts.supervisor.stop({ cause: 'cancelled', message: desired.cancel });
      return;
    }
    this.desired = desired;
    this.work();
  }

  /** The attempt is over: nothing is tried again. */
  close(): void {
    this.closed = true;
    clearTimeout(this.again);
  }

  private work(): void {
    clearTimeout(this.again);
    this.doing = this.doing
      .then(() => this.reconcile(this.desired))
      .catch((error: unknown) => {
        this.parts.onError(error);
        return false;
      })
      .then((done) => {
        if (!done && !this.closed) this.again = setTimeout(() => this.work(), TRY_AGAIN_MS);
      });
  }

  /** False: not all of it could be done now. */
  private async reconcile({ pause = false, limits }: DesiredState): Promise<boolean> {
    if (this.closed || this.parts.supervisor.signal.aborted) return true;
    const stands = pause ? await this.stand() : await this.resume();
    if (limits !== undefined && JSON.stringify(limits) !== this.limits) await this.change(limits);
    return stands;
  }

  private async stand(): Promise<boolean> {
    const { handler, attemptId, supervisor, attempts, opened, maxPauseMs } = this.parts;
    if (handler.pause === undefined) return true;
    if (!supervisor.paused) {
      if (!(await handler.pause(attemptId))) return false;
      supervisor.pause('control', maxPauseMs);
    }
    if (!this.toldToStand) await attempts.setPaused(opened, { paused: true });
    this.toldToStand = true;
    return true;
  }

  private async resume(): Promise<boolean> {
    const { handler, attemptId, supervisor, attempts, opened } = this.parts;
    if (supervisor.paused) {
      await handler.resume?.(attemptId);
      this.untoldMs += supervisor.resume('control');
    }
    if (this.toldToStand) await attempts.setPaused(opened, { paused: false, pausedMs: this.untoldMs });
    this.toldToStand = false;
    this.untoldMs = 0;
    return true;
  }

  private async change(limits: JobLimits): Promise<void> {
    const { supervisor, decide, opened, work, attempts } = this.parts;
    const before = JSON.parse(this.limits) as JobLimits;
    const answer = await decide(limits);
    // Whether another attempt follows, and what is said of its end, goes by the limits that hold then.
    work.limits = limits;
    const now = supervisor.currentDecision;
    const moved = SETS_DEADLINE.some((name) => limits[name] !== before[name]);
    const decision: Decision = moved
      ? answer
      : { ...answer, deadlineMs: now.deadlineMs, hardCapMs: Math.max(now.hardCapMs, answer.hardCapMs) };
    supervisor.replaceDecision(decision);
    this.limits = JSON.stringify(limits);
    await attempts.bindDecision(opened, decision);
  }
}

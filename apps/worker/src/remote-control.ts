import type { Decision } from '@leeway/contract';
import type { Door, OpenAttempt, Wishes } from '@leeway/queue';
import type { AttemptWork, Estimates, StoredLimits } from './estimates.js';
import type { Handler } from './handler.js';
import type { Supervisor } from './supervise.js';

export interface RemoteControlParts {
  opened: OpenAttempt;
  attemptId: string;
  work: AttemptWork;
  handler: Handler;
  supervisor: Supervisor;
  estimates: Estimates;
  door: Pick<Door, 'hold' | 'bind'>;
  /** Vouches for the attempt for so long from now on, in ms beyond its deadline. */
  vouch: (deadlineMs: number) => void;
  maxPauseMs: number;
  onError: (error: unknown) => void;
}

/** Limits that set the deadline; a change of others leaves it where it is. */
const SETS_DEADLINE: readonly (keyof StoredLimits)[] = ['timeoutMs', 'overallMs', 'completeBy'];

/**
 * Does what the record asks of a running attempt: cancel, pause, go on, other limits. Called with all wishes whenever
 * they change; one after the other, so that a quick pause and resume end in the order they were asked for.
 */
export class RemoteControl {
  private doing: Promise<void> = Promise.resolve();
  private limits: string;

  constructor(private readonly parts: RemoteControlParts) {
    this.limits = JSON.stringify(parts.work.limits);
  }

  wish(wishes: Wishes): void {
    if (wishes.cancel !== undefined) {
      this.parts.supervisor.stop({ cause: 'cancelled', message: wishes.cancel });
      return;
    }
    this.doing = this.doing.then(() => this.obey(wishes)).catch(this.parts.onError);
  }

  private async obey({ pause = false, limits }: Wishes): Promise<void> {
    const { supervisor } = this.parts;
    if (supervisor.signal.aborted) return;
    if (pause && !supervisor.paused) await this.pause();
    if (!pause && supervisor.paused) await this.goOn();
    if (limits !== undefined && JSON.stringify(limits) !== this.limits) await this.change(limits);
  }

  private async pause(): Promise<void> {
    const { handler, attemptId, supervisor, door, opened, vouch, maxPauseMs } = this.parts;
    if ((await handler.pause?.(attemptId)) !== true) return;
    supervisor.pause();
    vouch(supervisor.deadlineMs + maxPauseMs);
    await door.hold(opened, { stands: true });
  }

  private async goOn(): Promise<void> {
    const { handler, attemptId, supervisor, door, opened, vouch } = this.parts;
    await handler.resume?.(attemptId);
    const stoodMs = supervisor.resume();
    vouch(supervisor.deadlineMs);
    await door.hold(opened, { stands: false, stoodMs });
  }

  private async change(limits: StoredLimits): Promise<void> {
    const { supervisor, estimates, opened, work, door, vouch } = this.parts;
    const before = JSON.parse(this.limits) as StoredLimits;
    this.limits = JSON.stringify(limits);
    const answer = await estimates.decide(opened, { ...work, limits });
    const now = supervisor.currentDecision;
    const moved = SETS_DEADLINE.some((name) => limits[name] !== before[name]);
    const decision: Decision = moved ? answer : { ...answer, deadlineMs: now.deadlineMs, hardCapMs: Math.max(now.hardCapMs, answer.hardCapMs) };
    supervisor.redecide(decision);
    vouch(decision.deadlineMs);
    await door.bind(opened, decision);
  }
}

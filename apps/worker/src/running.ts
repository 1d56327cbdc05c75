import type { AttemptId } from '@leeway/contract';
import type { Wishes } from '@leeway/queue';
import type { StopReason } from './handler.js';

export interface RunningAttempt {
  stop: (reason: StopReason) => void;
  /** What the record asks of it now. */
  wish: (wishes: Wishes) => void;
  /** It must not run beside its successor: it ends when this worker is cut off. */
  forbidsOverlap: boolean;
}

/** The attempts that this process runs now. */
export class Running {
  private readonly attempts = new Map<AttemptId, RunningAttempt>();
  /** In-process handlers that ignored their abort and still hold resources. */
  abandoned = 0;

  get size(): number {
    return this.attempts.size;
  }

  add(id: AttemptId, attempt: RunningAttempt): void {
    this.attempts.set(id, attempt);
  }

  remove(id: AttemptId): void {
    this.attempts.delete(id);
  }

  stop(id: AttemptId, reason: StopReason): void {
    this.attempts.get(id)?.stop(reason);
  }

  wish(id: AttemptId, wishes: Wishes): void {
    this.attempts.get(id)?.wish(wishes);
  }

  stopAll(reason: StopReason): void {
    for (const attempt of this.attempts.values()) attempt.stop(reason);
  }

  stopThoseThatForbidOverlap(reason: StopReason): void {
    for (const attempt of this.attempts.values()) if (attempt.forbidsOverlap) attempt.stop(reason);
  }
}

import type { AttemptId } from '@leeway/contract';
import type { DesiredState } from '@leeway/queue';
import type { StopReason } from '@leeway/supervision';

export interface RunningAttempt {
  stop: (reason: StopReason) => void;
  setDesired: (desired: DesiredState) => void;
  /** It would not end while a worker drains. */
  isPaused: () => boolean;
  /** Its code runs on the main loop. */
  inProcess: boolean;
  /** It must not run beside its successor, so it is stopped when this worker is cut off from Redis. */
  forbidsOverlap: boolean;
  /** When Redis was asked for it, by the monotonic clock: no other worker takes it over within a window from then. */
  requestedMs: number;
}

type Control = (attempt: RunningAttempt) => void;

/** The attempts that this process runs now. */
export class RunningAttempts {
  private readonly attempts = new Map<AttemptId, RunningAttempt>();
  /** Controls that arrived before the supervisor existed, each only once; delivered by `add`. */
  private readonly pending = new Map<AttemptId, Control[]>();
  private abandonedCount = 0;

  /** In-process handlers that ignored their abort and still hold resources. */
  get abandoned(): number {
    return this.abandonedCount;
  }

  get ids(): AttemptId[] {
    return [...this.attempts.keys()];
  }

  get inProcess(): ReadonlySet<AttemptId> {
    return new Set(this.ids.filter((id) => this.attempts.get(id)?.inProcess === true));
  }

  get size(): number {
    return this.attempts.size;
  }

  /** The attempt is claimed: its controls are kept until `add`, or dropped by `remove`. */
  expect(id: AttemptId): void {
    this.pending.set(id, []);
  }

  add(id: AttemptId, attempt: RunningAttempt): void {
    this.attempts.set(id, attempt);
    for (const control of this.pending.get(id) ?? []) control(attempt);
    this.pending.delete(id);
  }

  remove(id: AttemptId): void {
    this.attempts.delete(id);
    this.pending.delete(id);
  }

  /** Counts one abandoned handler more, until it has ended after all. */
  abandon(settledLater: Promise<unknown> = new Promise(() => {})): void {
    this.abandonedCount += 1;
    void settledLater.then(() => {
      this.abandonedCount -= 1;
    });
  }

  stop(id: AttemptId, reason: StopReason): void {
    this.control(id, (attempt) => attempt.stop(reason));
  }

  setDesired(id: AttemptId, desired: DesiredState): void {
    this.control(id, (attempt) => attempt.setDesired(desired));
  }

  stopAll(reason: StopReason): void {
    for (const attempt of this.attempts.values()) attempt.stop(reason);
  }

  stopPaused(reason: StopReason): void {
    for (const attempt of this.attempts.values()) if (attempt.isPaused()) attempt.stop(reason);
  }

  /** Attempts that were requested later are not stopped: Redis answered when they were claimed. */
  stopOverlapForbidding(requestedBeforeMs: number, reason: StopReason): void {
    for (const attempt of this.attempts.values())
      if (attempt.forbidsOverlap && attempt.requestedMs <= requestedBeforeMs) attempt.stop(reason);
  }

  private control(id: AttemptId, control: Control): void {
    const attempt = this.attempts.get(id);
    if (attempt === undefined) this.pending.get(id)?.push(control);
    else control(attempt);
  }
}

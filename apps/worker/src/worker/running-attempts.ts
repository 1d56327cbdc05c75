import type { StopReason } from '@leeway/supervision';
import type { AttemptId } from '@leeway/contract';
import type { DesiredState } from '@leeway/queue';

export interface RunningAttempt {
  stop: (reason: StopReason) => void;
  /** What the record asks of it now. */
  setDesired: (desired: DesiredState) => void;
  /** It is paused: waiting for it leads nowhere. */
  standsStill: () => boolean;
  /** Its code runs on the main loop. */
  inProcess: boolean;
  /** It must not run beside its successor: it ends when this worker is cut off. */
  forbidsOverlap: boolean;
  /** When it was asked for: nobody else takes it over within a window from then. By the monotonic clock, in ms. */
  askedMs: number;
}

/** The attempts that this process runs now. */
export class Running {
  private readonly attempts = new Map<AttemptId, RunningAttempt>();
  private leftBehind = 0;

  /** In-process handlers that ignored their abort and still hold resources. */
  get abandoned(): number {
    return this.leftBehind;
  }

  /** Counts one more, until it has ended after all. */
  abandon(settledLater: Promise<unknown> = new Promise(() => {})): void {
    this.leftBehind += 1;
    void settledLater.then(() => {
      this.leftBehind -= 1;
    });
  }

  /** What was said of attempts that are open and have no supervisor yet: it is said only once. */
  private readonly early = new Map<AttemptId, ((attempt: RunningAttempt) => void)[]>();

  get ids(): AttemptId[] {
    return [...this.attempts.keys()];
  }

  get inProcess(): ReadonlySet<AttemptId> {
    return new Set(this.ids.filter((id) => this.attempts.get(id)?.inProcess === true));
  }

  get size(): number {
    return this.attempts.size;
  }

  /** The attempt is open; what is said of it from now on reaches it when it is added. */
  expect(id: AttemptId): void {
    this.early.set(id, []);
  }

  add(id: AttemptId, attempt: RunningAttempt): void {
    this.attempts.set(id, attempt);
    for (const say of this.early.get(id) ?? []) say(attempt);
    this.early.delete(id);
  }

  remove(id: AttemptId): void {
    this.attempts.delete(id);
    this.early.delete(id);
  }

  stop(id: AttemptId, reason: StopReason): void {
    this.say(id, (attempt) => attempt.stop(reason));
  }

  setDesired(id: AttemptId, desired: DesiredState): void {
    this.say(id, (attempt) => attempt.setDesired(desired));
  }

  stopAll(reason: StopReason): void {
    for (const attempt of this.attempts.values()) attempt.stop(reason);
  }

  stopPaused(reason: StopReason): void {
    for (const attempt of this.attempts.values()) if (attempt.standsStill()) attempt.stop(reason);
  }

  /** One that was asked for since needs no stop yet: Redis was there when it was opened. */
  stopOverlapForbidding(askedBeforeMs: number, reason: StopReason): void {
    for (const attempt of this.attempts.values())
      if (attempt.forbidsOverlap && attempt.askedMs <= askedBeforeMs) attempt.stop(reason);
  }

  private say(id: AttemptId, words: (attempt: RunningAttempt) => void): void {
    const attempt = this.attempts.get(id);
    if (attempt === undefined) this.early.get(id)?.push(words);
    else words(attempt);
  }
}

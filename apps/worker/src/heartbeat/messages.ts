import type { AttemptId, Policy } from '@leeway/contract';
import type { PendingClaim, Signal, WorkerSelf } from '@leeway/queue';

/** What the heartbeat thread is started with. */
export interface ThreadData {
  redisUrl: string;
  supervision: Policy['supervision'];
  self: WorkerSelf;
  /** One number that the main loop keeps raising: its pulse. */
  pulse: SharedArrayBuffer;
}

/** To the thread. Times are those of `sharedMs`. */
export type ToThread =
  /** An attempt is asked for under this token; until it is known it is vouched for as well. */
  | { type: 'claim_started'; claim: PendingClaim; untilMs: number }
  /** What came of that; null: nothing is open. */
  | { type: 'claim_finished'; claim: PendingClaim; attempt: AttemptId | null }
  | { type: 'renewLease'; attempt: AttemptId; untilMs: number }
  /** Its code runs on the main loop from now on. */
  | { type: 'on_loop'; attempt: AttemptId }
  | { type: 'release'; attempt: AttemptId }
  | { type: 'self'; self: Pick<WorkerSelf, 'running' | 'abandoned' | 'draining'> }
  | { type: 'leash'; socketPath: string }
  | { type: 'stop' };

/** From the thread. */
export type FromThread =
  | { type: 'signal'; attempt: AttemptId; signal: Signal }
  /**
   * No beat went through for `riskyMs`, so other workers may soon take over whatever has been open for as long. Told again
   * and again while that is so.
   */
  | { type: 'cut_off'; sinceMs: number; riskyMs: number; again: boolean }
  | { type: 'paused'; pausedMs: number }
  /** The whole process stood still: stopped, or the machine slept. */
  | { type: 'suspended'; suspendedMs: number }
  | { type: 'beating' }
  | { type: 'stopped' };

/** How long a process that has to die looks for the reason and says it, at most, in ms. */
export const LAST_WORDS_MS = 2_000;
/** Of that: looking at the main thread, which takes a tenth of a second on a machine that has time. */
export const LOOK_MOST_MS = 1_500;

const NS_PER_MS = 1_000_000n;

/** A monotonic clock that main thread and heartbeat thread share, in ms. */
export function sharedMs(): number {
  return Number(process.hrtime.bigint() / NS_PER_MS);
}

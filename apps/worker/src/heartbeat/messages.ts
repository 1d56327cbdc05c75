import type { AttemptId, Policy } from '@leeway/contract';
import type { PendingClaim, Signal, WorkerSelf } from '@leeway/queue';

/** What the heartbeat thread is started with. */
export interface ThreadData {
  redisUrl: string;
  supervision: Policy['supervision'];
  self: WorkerSelf;
  /** One number that the main loop increments again and again. */
  pulse: SharedArrayBuffer;
  /** A SharedQueue with messages of the type ToThread, as JSON. */
  queue: SharedArrayBuffer;
}

/** To the thread. Times are those of `sharedMs`. */
export type ToThread =
  /** An attempt is being claimed under this token; its lease is held as well. */
  | { type: 'claim_started'; claim: PendingClaim; untilMs: number }
  /** The reply of the claim; null: nothing was claimed. */
  | { type: 'claim_finished'; claim: PendingClaim; attempt: AttemptId | null }
  | { type: 'renew_lease'; attempt: AttemptId; untilMs: number }
  /** Its code runs on the main loop from now on. */
  | { type: 'in_process'; attempt: AttemptId }
  | { type: 'release'; attempt: AttemptId }
  | { type: 'self'; self: Pick<WorkerSelf, 'running' | 'abandoned' | 'draining'> }
  | { type: 'leash'; socketPath: string }
  | { type: 'stop' };

/** From the thread. */
export type FromThread =
  | { type: 'signal'; attempt: AttemptId; signal: Signal }
  /** No beat succeeded for `riskyMs`: other workers may soon take over the attempts that are as old. Repeated while that lasts. */
  | { type: 'cut_off'; sinceMs: number; riskyMs: number; again: boolean }
  | { type: 'paused'; pausedMs: number }
  /** The whole process was suspended: SIGSTOP, or the machine slept. */
  | { type: 'suspended'; suspendedMs: number }
  | { type: 'beating' }
  | { type: 'stopped' };

/** How long a dying process takes to find and publish the cause, at most, in ms. */
export const LAST_WORDS_MS = 2_000;
/** Of that the inspection of the main thread, which takes a tenth of a second on an idle machine. */
export const INSPECT_MOST_MS = 1_500;

const NS_PER_MS = 1_000_000n;

/** A monotonic clock that main thread and heartbeat thread share, in ms. */
export function sharedMs(): number {
  return Number(process.hrtime.bigint() / NS_PER_MS);
}

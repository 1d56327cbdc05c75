import type { AttemptId, Decision, JobId } from '@leeway/contract';
import type { AttemptFacts } from '@leeway/forecast';
import type { ClaimedAttempt, OutboxEntry, ScheduledJob, Settlement, SyncAction } from '@leeway/queue';
import type { RunResult } from '@leeway/supervision';
import type { AttemptWork } from '../decision/attempt-work.js';
import type { WorkerContext } from '../worker/worker-context.js';

/**
 * One attempt on its way through `runAttempt`. Every step adds what the later ones need, and does nothing where an earlier
 * one has ended the attempt: a step whose input is missing is skipped.
 */
export interface Attempt {
  readonly worker: WorkerContext;
  /** As BullMQ handed it out, under the lock of `token`. */
  readonly job: ScheduledJob;
  readonly token: string;
  /** When Redis was asked for it, on the worker's monotonic clock. */
  readonly requestedMs: number;
  /** Absent: there is nothing to run. */
  claim?: Claim;
  decision?: Decision;
  /** The input of the handler. */
  input?: { value: unknown };
  result?: AttemptResult;
  /** `mark_lost`: the job is requeued at once, and nothing of the result is kept. */
  plan?: Settlement | 'mark_lost';
  /** The change that BullMQ needs: an entry of the outbox, or only an action where the record has not changed. */
  sync?: OutboxEntry | SyncAction;
  /** Jobs that BullMQ does not have as their records do: steps that became ready, or that will not start any more. */
  affectedJobs?: readonly JobId[];
}

/** An attempt that this worker owns. */
export interface Claim extends ClaimedAttempt {
  readonly id: AttemptId;
  /** When the reply came, on the worker's monotonic clock: its clocks start here. */
  readonly claimedMs: number;
  readonly work: AttemptWork;
  readonly facts: AttemptFacts;
}

/** How an attempt ended. */
export interface AttemptResult extends RunResult {
  /** The leash was still ending its processes when the grace was over: a busy machine, or a large tree. */
  beingEnded?: true;
  /** It was refused to start: its handler was never called. */
  unstarted?: true;
}

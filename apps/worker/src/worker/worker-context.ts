import type { Policy } from '@leeway/contract';
import type { Forecaster } from '@leeway/forecast';
import type { AttemptStore, Outbox } from '@leeway/queue';
import type { Clock, Log } from '@leeway/runtime';
import type { ColdStartTracker } from '../decision/cold-start-tracker.js';
import type { Handler } from '../handlers/handler.js';
import type { UserCode } from '../handlers/user/user-code.js';
import type { WorkerHeartbeat } from '../heartbeat/heartbeat.js';
import { LAST_WORDS_MS } from '../heartbeat/messages.js';
import type { RunningAttempts } from './running-attempts.js';

/** The parts of a worker that an attempt needs. */
export interface WorkerContext {
  readonly id: string;
  readonly policy: Policy;
  readonly clock: Clock;
  readonly log: Log;
  readonly attempts: AttemptStore;
  /** How long an attempt has to be without a heartbeat until this worker may take over its job, in ms. */
  readonly takeOverAfterMs: () => number;
  readonly outbox: Outbox;
  readonly forecaster: Forecaster;
  readonly heartbeat: Pick<
    WorkerHeartbeat,
    'claimStarted' | 'claimFinished' | 'renewLease' | 'markInProcess' | 'release'
  >;
  readonly handlers: ReadonlyMap<string, Handler>;
  readonly running: RunningAttempts;
  readonly userCode: UserCode;
  readonly coldStarts: ColdStartTracker;
}

/** After deadline and grace an attempt needs this much to settle, in ms. */
export const SETTLE_MARGIN_MS = 2_000;

/**
 * How long a lease lasts beyond deadline and grace, in ms. A blocked main loop settles nothing, and its process is killed
 * after `loopFrozenMs` and its last words: until then no other worker may take a job whose attempt still runs here.
 */
export function leaseMarginMs({ loopFrozenMs }: Policy['supervision']): number {
  return Math.max(SETTLE_MARGIN_MS, loopFrozenMs + LAST_WORDS_MS);
}

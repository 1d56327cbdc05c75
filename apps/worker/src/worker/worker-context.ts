import type { Policy } from '@leeway/contract';
import type { AttemptStore, Outbox } from '@leeway/queue';
import type { Clock, Log } from '@leeway/runtime';
import type { Forecaster } from '@leeway/forecast';
import type { Handler } from '../handlers/handler.js';
import type { Heartbeat } from '../heartbeat/heartbeat.js';
import { LAST_WORDS_MS } from '../heartbeat/messages.js';
import type { Running } from './running-attempts.js';
import type { UserCode } from '../handlers/user/user-code.js';
import type { ColdStartTracker } from '../decision/cold-start-tracker.js';

/** What an attempt needs of its worker. */
export interface WorkerContext {
  worker: string;
  policy: Policy;
  clock: Clock;
  log: Log;
  attempts: AttemptStore;
  /** How long an attempt has to be silent until this worker may take over its job, in ms. */
  takeOverAfterMs: () => number;
  outbox: Outbox;
  forecaster: Forecaster;
  heartbeat: Pick<Heartbeat, 'claimStarted' | 'claimFinished' | 'renewLease' | 'watch' | 'release'>;
  handlers: ReadonlyMap<string, Handler>;
  running: Running;
  userCode: UserCode;
  coldStarts: ColdStartTracker;
}

/** After deadline and grace an attempt needs this much to settle, in ms. */
export const SETTLE_MARGIN_MS = 2_000;

/**
 * How long the heartbeat vouches for an attempt beyond its deadline and grace, in ms. A main loop that stands still settles
 * nothing, and its process is killed after `loopFrozenMs` and its last words: until then nobody else may take what still
 * runs here.
 */
export function leaseMarginMs({ loopFrozenMs }: Policy['supervision']): number {
  return Math.max(SETTLE_MARGIN_MS, loopFrozenMs + LAST_WORDS_MS);
}

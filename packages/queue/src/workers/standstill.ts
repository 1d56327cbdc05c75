import type { Policy } from '@leeway/contract';
import { heartbeatTimes } from './heartbeat-times.js';

/** Of the time that a heartbeat may be late before its worker is lost. */
const SHARE = 1 / 3;

/**
 * A gap between all heartbeats that is a standstill, in ms: workers beat at least every `beatEveryMs`, so Redis or the whole
 * machine did not run, or no worker did. Shorter than the standstill that makes a healthy worker look lost.
 */
export function standstillMs(supervision: Pick<Policy['supervision'], 'lostAfterMs'>): number {
  const { beatEveryMs } = heartbeatTimes(supervision);
  return beatEveryMs + (supervision.lostAfterMs - beatEveryMs) * SHARE;
}

import type { Policy } from '@leeway/contract';

/** Of the time that a heartbeat may be late before its worker is lost. */
const SHARE = 1 / 3;

/**
 * A gap between all heartbeats that is a standstill, in ms: workers beat at least every `beatEveryMs`, so Redis or the whole
 * machine stood still, or no worker was running. Shorter than the standstill that makes a healthy worker look lost.
 */
export function standstillMs({
  beatEveryMs,
  lostAfterMs,
}: Pick<Policy['supervision'], 'beatEveryMs' | 'lostAfterMs'>): number {
  return beatEveryMs + (lostAfterMs - beatEveryMs) * SHARE;
}

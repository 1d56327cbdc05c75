import type { Policy } from '@leeway/contract';

/** Of what a heartbeat may be late before its worker is taken for lost. */
const SHARE = 1 / 3;

/**
 * Workers beat at least every `beatEveryMs`, so when Redis has seen none for this long, in ms, it was not they: Redis or
 * the whole machine stood still, or nobody was there. Shorter than the standstill that makes a healthy worker look lost.
 */
export function awayAfterMs({
  beatEveryMs,
  lostAfterMs,
}: Pick<Policy['supervision'], 'beatEveryMs' | 'lostAfterMs'>): number {
  return beatEveryMs + (lostAfterMs - beatEveryMs) * SHARE;
}

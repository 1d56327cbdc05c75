import { setTimeout as sleep } from 'node:timers/promises';

export interface BackOff {
  /** Mean pause before the first repetition, in milliseconds; doubles from there. */
  firstMs: number;
  /** Longest pause, in milliseconds. */
  maxMs: number;
}

/** 100 ms: longer than a reconnect takes. 5 s: as long as a person waits for a sign of life. */
export const DEFAULT_BACK_OFF: BackOff = { firstMs: 100, maxMs: 5_000 };

/**
 * Milliseconds before repetition `number` (1 for the first), never less than the server asked for. Spread between half
 * and one and a half times the mean: clients that lost the same server must not all reconnect at the same moment.
 */
export function pauseMs(number: number, options: { backOff: BackOff; askedMs?: number; random: () => number }): number {
  const { backOff, askedMs = 0, random } = options;
  const mean = Math.min(backOff.maxMs, backOff.firstMs * 2 ** (number - 1));
  return Math.max(askedMs, mean * (0.5 + random()));
}

/** Resolves after `ms`, or rejects with the reason of the signal when that fires first. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
  /** What is waited for; ends the sentence "gave up waiting for ...". */
  what: string;
  /** Milliseconds until it gives up. Default 10 s: far above what a busy machine needs, below a test's own limit. */
  timeoutMs?: number;
  /** Milliseconds between two looks. Default 20. */
  everyMs?: number;
}

const TIMEOUT_MS = 10_000;
const EVERY_MS = 20;

/**
 * Looks again and again until `condition` gives something truthy, and returns that. A condition that throws counts as
 * "not yet"; its last error is part of the message when time is up.
 */
export async function waitUntil<T>(condition: () => T | Promise<T>, options: WaitOptions): Promise<NonNullable<T>> {
  const { what, timeoutMs = TIMEOUT_MS, everyMs = EVERY_MS } = options;
  const giveUpAt = performance.now() + timeoutMs;
  let lastError: unknown;
  for (;;) {
    try {
      const value = await condition();
      lastError = undefined;
      if (value) return value;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() >= giveUpAt) throw gaveUp(what, timeoutMs, lastError);
    await sleep(everyMs);
  }
}

function gaveUp(what: string, timeoutMs: number, lastError: unknown): Error {
  const detail =
    lastError === undefined
      ? ''
      : `; the last look failed: ${lastError instanceof Error ? lastError.message : String(lastError)}`;
  return new Error(`gave up waiting for ${what} after ${timeoutMs} ms${detail}`, { cause: lastError });
}

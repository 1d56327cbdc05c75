import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
  /** The subject: the end of the sentence "gave up waiting for ...". */
  what: string;
  /** Milliseconds before it gives up. Default 10 s: more than a busy machine needs, less than the timeout of a test. */
  timeoutMs?: number;
  /** Milliseconds between two checks. Default 20. */
  everyMs?: number;
}

const TIMEOUT_MS = 10_000;
const EVERY_MS = 20;

/**
 * Calls `condition` until it returns a truthy value, and resolves with that. A condition that throws is called again; its
 * last error is part of the message after the timeout.
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
      : `; the last check failed: ${lastError instanceof Error ? lastError.message : String(lastError)}`;
  return new Error(`gave up waiting for ${what} after ${timeoutMs} ms${detail}`, { cause: lastError });
}

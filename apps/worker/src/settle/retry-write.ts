/** First pause between two tries, in ms; doubles up to the longest. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 2_000;

export interface RetryOptions {
  /** No try begins after this long, in ms. */
  mostMs: number;
  nowMs: () => number;
  /** Called before each further try. */
  onFailure: (error: unknown) => void;
}

/**
 * Repeats a write that Redis refuses for now (full memory, a restart that loads its file), and rejects with the last error
 * when the time is over. The write has to be idempotent; one that has no reply yet is waited for and not repeated.
 */
export async function retryWrite<T>(write: () => Promise<T>, { mostMs, nowMs, onFailure }: RetryOptions): Promise<T> {
  const endMs = nowMs() + mostMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await write();
    } catch (error) {
      if (nowMs() + pauseMs > endMs) throw error;
      onFailure(error);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

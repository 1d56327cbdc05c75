/** First pause between two tries, in ms; doubles up to the longest. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 2_000;

export interface Persistence {
  /** Gives up after this long, in ms, and throws the last error. */
  mostMs: number;
  nowMs: () => number;
  /** Called before each new try. */
  onFailure: (error: unknown) => void;
}

/**
 * Repeats a call that Redis refuses for now (full memory, a restart that loads its file). The call has to be harmless
 * when it is repeated; one that Redis did not answer yet is not given up, but waited for.
 */
export async function persist<T>(call: () => Promise<T>, { mostMs, nowMs, onFailure }: Persistence): Promise<T> {
  const endMs = nowMs() + mostMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await call();
    } catch (error) {
      if (nowMs() + pauseMs > endMs) throw error;
      onFailure(error);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

/** The signal of one call: fires when the attempt is aborted, or when the call has lasted for too long. */
export interface CallLimit {
  readonly signal: AbortSignal;
  /** True: it was the limit that ended the call, not the attempt. */
  readonly reached: boolean;
  /** To be called when the call is over. */
  clear(): void;
}

/** `mostMs` null: no limit of its own. */
export function limitCall(attempt: AbortSignal, mostMs: number | null): CallLimit {
  const own = new AbortController();
  const onAbort = () => own.abort(attempt.reason);
  if (attempt.aborted) onAbort();
  else attempt.addEventListener('abort', onAbort, { once: true });
  let reached = false;
  const timer =
    mostMs === null
      ? undefined
      : setTimeout(() => {
          reached = !own.signal.aborted;
          own.abort(new Error('the call took too long'));
        }, mostMs);
  return {
    signal: own.signal,
    get reached() {
      return reached;
    },
    clear() {
      clearTimeout(timer);
      attempt.removeEventListener('abort', onAbort);
    },
  };
}

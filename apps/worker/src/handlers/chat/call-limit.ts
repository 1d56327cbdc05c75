/** How long a call may take, in ms; null: as long as the attempt. */
export interface CallLimits {
  /** Until the model has said something. */
  readonly silentMs: number | null;
  /** The step it belongs to, from now on. */
  readonly stepMs: number | null;
  /** All of it, by the policy of its provider. */
  readonly mostMs: number | null;
}

/** The limit that ended a call. */
export interface ReachedLimit {
  readonly which: 'silent' | 'step' | 'most';
  readonly ms: number;
}

/** The signal of one call: fires when the attempt is aborted, or when the call has lasted for too long. */
export interface CallLimit {
  readonly signal: AbortSignal;
  /** The limit that ended the call; undefined: the attempt did, or nothing. */
  readonly reached: ReachedLimit | undefined;
  /** The model has said something. */
  heard(): void;
  /** To be called when the call is over. */
  clear(): void;
}

export function limitCall(attempt: AbortSignal, { silentMs, stepMs, mostMs }: CallLimits): CallLimit {
  const own = new AbortController();
  const onAbort = () => own.abort(attempt.reason);
  if (attempt.aborted) onAbort();
  else attempt.addEventListener('abort', onAbort, { once: true });
  let reached: ReachedLimit | undefined;
  const after = (which: ReachedLimit['which'], ms: number | null) => {
    if (ms === null) return undefined;
    const end = () => {
      if (own.signal.aborted) return;
      reached = { which, ms };
      own.abort(new Error('the call took too long'));
    };
    return setTimeout(end, Math.min(Math.max(0, ms), LONGEST_TIMER_MS));
  };
  const silent = after('silent', silentMs);
  const others = [after('step', stepMs), after('most', mostMs)];
  return {
    signal: own.signal,
    get reached() {
      return reached;
    },
    heard: () => clearTimeout(silent),
    clear() {
      for (const timer of [silent, ...others]) clearTimeout(timer);
      attempt.removeEventListener('abort', onAbort);
    },
  };
}

/** The longest delay that setTimeout can take. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

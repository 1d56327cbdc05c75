/** Longest durations of one call, in ms; null: limited by the attempt only. */
export interface CallLimits {
  /** Until the first token, by the tier of the job. */
  readonly firstTokenMs: number | null;
  /** The rest of the step that the call belongs to. */
  readonly stepMs: number | null;
  /** The whole call, by the policy of its provider. */
  readonly callMs: number | null;
}

export interface ReachedLimit {
  readonly which: keyof CallLimits;
  readonly ms: number;
}

/** The abort signal of one call: fires with that of the attempt, or at the first limit reached. */
export interface CallLimit {
  readonly signal: AbortSignal;
  /** The limit that ended the call; undefined: none did. */
  readonly reached: ReachedLimit | undefined;
  /** The model has sent something: `firstTokenMs` no longer applies. */
  receivedToken(): void;
  /** To be called when the call is over. */
  clear(): void;
}

export function limitCall(attempt: AbortSignal, { firstTokenMs, stepMs, callMs }: CallLimits): CallLimit {
  const own = new AbortController();
  const onAbort = () => own.abort(attempt.reason);
  if (attempt.aborted) onAbort();
  else attempt.addEventListener('abort', onAbort, { once: true });
  let reached: ReachedLimit | undefined;
  const after = (which: keyof CallLimits, ms: number | null) => {
    if (ms === null) return undefined;
    const end = () => {
      if (own.signal.aborted) return;
      reached = { which, ms };
      own.abort(new Error('the call took too long'));
    };
    return setTimeout(end, Math.min(Math.max(0, ms), LONGEST_TIMER_MS));
  };
  const firstToken = after('firstTokenMs', firstTokenMs);
  const others = [after('stepMs', stepMs), after('callMs', callMs)];
  return {
    signal: own.signal,
    get reached() {
      return reached;
    },
    receivedToken: () => clearTimeout(firstToken),
    clear() {
      for (const timer of [firstToken, ...others]) clearTimeout(timer);
      attempt.removeEventListener('abort', onAbort);
    },
  };
}

/** The longest delay that setTimeout accepts. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

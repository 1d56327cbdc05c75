import { setMaxListeners } from 'node:events';

/** A signal that aborts when a time is over or when the caller's signal fires. */
export interface TimeLimit {
  readonly signal: AbortSignal;
  /** True: aborted by the time; false: by the caller, or not at all. */
  readonly expired: boolean;
  /** Restarts the time from now. */
  restart(ms: number): void;
  /** Removes timer and listener. */
  clear(): void;
}

/**
 * The time limit of one call. Not AbortSignal.timeout inside AbortSignal.any: Node 20 may collect the timeout as garbage
 * before it fires, and the call never ends.
 */
export function startTimeLimit(ms: number, outer: AbortSignal | undefined): TimeLimit {
  const controller = new AbortController();
  let expired = false;
  const expire = () => {
    expired = true;
    controller.abort();
  };
  let timer = setTimeout(expire, ms);
  // Hundreds of calls may share one signal; each removes its listener when it ends.
  if (outer !== undefined) setMaxListeners(0, outer);
  const onOuterAbort = () => controller.abort(outer?.reason);
  if (outer?.aborted === true) onOuterAbort();
  outer?.addEventListener('abort', onOuterAbort, { once: true });
  return {
    signal: controller.signal,
    get expired() {
      return expired;
    },
    restart(nextMs) {
      clearTimeout(timer);
      timer = setTimeout(expire, nextMs);
    },
    clear() {
      clearTimeout(timer);
      outer?.removeEventListener('abort', onOuterAbort);
    },
  };
}

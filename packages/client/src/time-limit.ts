import { setMaxListeners } from 'node:events';

/** Aborts when its time is up or when the caller's signal fires, and can be re-armed. */
export interface TimeLimit {
  readonly signal: AbortSignal;
  /** True: the time was up; false: the caller aborted, or nothing has happened. */
  readonly expired: boolean;
  /** Starts the time again from now. */
  restart(ms: number): void;
  /** Forgets timer and listener. */
  clear(): void;
}

/**
 * A limit for one call. Not AbortSignal.timeout inside AbortSignal.any: on Node 20 the garbage collector may take the
 * timeout before it fires, and the call waits for ever.
 */
export function startTimeLimit(ms: number, outer: AbortSignal | undefined): TimeLimit {
  const controller = new AbortController();
  let expired = false;
  const expire = () => {
    expired = true;
    controller.abort();
  };
  let timer = setTimeout(expire, ms);
  // One signal for hundreds of calls at once is ordinary use; each takes its listener away when it ends.
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

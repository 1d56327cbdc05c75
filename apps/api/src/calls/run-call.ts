import { ReplyDeadline } from './reply-deadline.js';
import type { Call, Reply, Route } from './route.js';
import type { Services } from './services.js';

/** What a protocol has read from one request: everything of a call but what the server adds. */
export interface RawCall extends Pick<Call, 'params' | 'query' | 'body' | 'principal' | 'header'> {
  /** Aborted by whoever asks when nobody reads the answer any more, and by the server when it stops. */
  readonly gone: AbortController;
  /** Told when the call is held open on purpose. */
  held?(): void;
}

/**
 * The way of every call to its route, whichever protocol it came by: a bound on the time to an answer, and on what is held
 * open. Throws LeewayError. The protocol has to abort `gone` at the end of its answer: that gives places back.
 */
export function runCall(route: Route, asked: RawCall, services: Services): Promise<Reply> {
  const { api } = services.policy;
  const { gone, held, ...read } = asked;
  const limit = new ReplyDeadline(api.answerMs, api.retryAfterS);
  const call: Call = {
    ...read,
    signal: gone.signal,
    writes: () => void (limit.writing = true),
    keepOpen: (extraMs) => {
      const release = services.open.take(gone);
      if (gone.signal.aborted) release();
      else gone.signal.addEventListener('abort', release, { once: true });
      held?.();
      limit.extend(extraMs);
    },
  };
  return limit.race(() => route.handle(call, services));
}

/** Why the signal of a call fires; one for all, because making an error for each request costs more than routing it. */
export const CALL_OVER = new Error('the request is over');

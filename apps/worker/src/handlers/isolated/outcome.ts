import { DoNotRetryError, HandlerError } from '@leeway/supervision';
import type { FailureMessage, FromChild } from './messages.js';

/** How an isolated handler ended by itself. */
export type Outcome = Extract<FromChild, { type: 'result' | 'failure' }>;

/** The result, or throws what the handler threw. */
export function settled(outcome: Outcome): unknown {
  if (outcome.type === 'result') return outcome.value;
  const { code, message, cause, retry, retryAfterMs } = outcome;
  if (!retry) throw new DoNotRetryError(message, { code, cause });
  throw new HandlerError(code, message, { cause, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
}

/** Characters of an error's message that are passed on. */
const MESSAGE_MOST = 2_000;

export function failureMessage(error: HandlerError, retry: boolean): FailureMessage {
  const { code, cause, retryAfterMs } = error;
  const message = error.message.slice(0, MESSAGE_MOST);
  return { type: 'failure', code, message, cause, retry, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

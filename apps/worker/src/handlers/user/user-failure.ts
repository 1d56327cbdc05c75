import { DoNotRetryError, HandlerError } from '@leeway/supervision';

const CODE = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const DEFAULT_CODE = 'handler_failed';

/**
 * What a user's handler threw, as a failure of the attempt. Whether it may be tried again is told by the shape of the
 * error, so that a module needs nothing of ours: `name === 'DoNotRetry'` or `retry === false` says no. A text in `code`
 * becomes the code of the failure, `retryAfterMs` the least pause before the next attempt.
 */
export function toFailure(thrown: unknown): HandlerError {
  try {
    return thrown instanceof HandlerError ? thrown : readFailure(thrown);
  } catch {
    // A getter or a proxy of its own that throws.
    return new HandlerError(DEFAULT_CODE, 'the handler threw something that cannot be read');
  }
}

function readFailure(thrown: unknown): HandlerError {
  const { name, code, retry, retryAfterMs } = (thrown ?? {}) as Record<string, unknown>;
  const failureCode = typeof code === 'string' && CODE.test(code) ? code : DEFAULT_CODE;
  const message = messageOf(thrown);
  if (retry === false || name === 'DoNotRetry' || name === 'DoNotRetryError')
    return new DoNotRetryError(message, { code: failureCode });
  const wait = typeof retryAfterMs === 'number' && retryAfterMs >= 0 ? { retryAfterMs } : {};
  return new HandlerError(failureCode, message, wait);
}

function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message || thrown.name;
  const { message } = (thrown ?? {}) as { message?: unknown };
  return typeof message === 'string' ? message : `the handler threw ${describe(thrown)}`;
}

function describe(thrown: unknown): string {
  if (thrown === undefined) return 'undefined';
  try {
    return JSON.stringify(thrown) ?? typeof thrown;
  } catch {
    return `a ${typeof thrown}`;
  }
}

import { DoNotRetryError, HandlerError } from '@leeway/supervision';

const CODE = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const DEFAULT_CODE = 'handler_failed';

/**
 * The value that a user's handler threw, as a failure of the attempt. Its fields count and not its class, so that a module needs
 * no import of Leeway: `name === 'DoNotRetry'` or `retry === false` fails the job for good, a text in `code` becomes the code of
 * the failure, and `retryAfterMs` the shortest pause before the next attempt.
 */
export function toFailure(thrown: unknown): HandlerError {
  try {
    return thrown instanceof HandlerError ? thrown : readFailure(thrown);
  } catch {
    // A getter or a proxy that throws itself.
    return new HandlerError(DEFAULT_CODE, 'the handler threw a value that cannot be read');
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

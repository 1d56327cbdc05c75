import { LeewayError, toProblem, type Problem } from '@leeway/contract';
import type { Log } from '@leeway/runtime';

export const INTERNAL_STATUS = 500;

/** The error as a client may see it, after an unexpected one was logged with these facts. */
export function reportError(error: unknown, of: { log: Log; requestId: string; [fact: string]: unknown }): LeewayError {
  const { log, ...facts } = of;
  const shown = publicError(error);
  if (shown.status === INTERNAL_STATUS) log.error({ event: 'request_failed', ...facts, error }, shown.message);
  return shown;
}

/** The error as a client may see it: a code of the table, and nothing of the server's internals. */
export function publicError(error: unknown): LeewayError {
  if (error instanceof LeewayError) return error;
  if (error instanceof URIError) {
    const message = 'The URL has a percent sign that does not encode a character.';
    return new LeewayError('invalid_request', message, { cause: error });
  }
  return new LeewayError('internal', 'An unexpected error happened in the server.', { cause: error });
}

/** The problem document of an error, with the id of the request for the operator. */
export function problemOf(error: LeewayError, requestId: string): Problem & { requestId: string } {
  return { ...toProblem(error), requestId };
}

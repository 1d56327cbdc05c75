import { ERRORS, LeewayError, toProblem } from '@leeway/contract';
import type { Log } from '@leeway/runtime';
import type { ErrorRequestHandler, Request } from 'express';
import { problemPage } from '../pages/problem-page.js';

/** Sends errors as a page to people, and as a problem document to scripts. */
export function failureReply(log: Log): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) return next(error);
    const known = asLeewayError(error);
    if (known.code === 'internal')
      log.error({ event: 'request_failed', path: request.path, error }, `${request.path} failed`);
    const { retryAfterS } = known.details;
    if (retryAfterS !== undefined) response.set('Retry-After', String(retryAfterS));
    response.status(ERRORS[known.code].status).set('Cache-Control', 'no-store');
    if (wantsPage(request)) return response.type('html').send(problemPage(toProblem(known)));
    return response.type('application/problem+json').send(JSON.stringify(toProblem(known)));
  };
}

function wantsPage(request: Request): boolean {
  return !request.path.startsWith('/data/') && request.accepts(['html', 'json']) === 'html';
}

/** The error that a caller may see: a LeewayError unchanged, an unreadable request by its status, anything else as `internal`. */
function asLeewayError(error: unknown): LeewayError {
  if (error instanceof LeewayError) return error;
  const status = (error as { status?: unknown }).status;
  if (typeof status === 'number' && status >= 400 && status < 500)
    return new LeewayError('invalid_request', 'The request could not be read.');
  return new LeewayError('internal', 'The dashboard failed to answer this request; the reason is in its log.');
}

import { ERRORS, LeewayError, toProblem } from '@leeway/contract';
import type { Log } from '@leeway/runtime';
import type { ErrorRequestHandler, Request } from 'express';
import { problemPage } from '../pages/problem-page.js';

/** Errors as a page for people, and as a problem document for what polls. */
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

/** What a caller may know of an error: ours as they are, those of reading a request by their status, others not at all. */
function asLeewayError(error: unknown): LeewayError {
  if (error instanceof LeewayError) return error;
  const status = (error as { status?: unknown }).status;
  if (typeof status === 'number' && status >= 400 && status < 500)
    return new LeewayError('invalid_request', 'The request could not be read.');
  return new LeewayError('internal', 'Something went wrong in the dashboard; its log says what.');
}

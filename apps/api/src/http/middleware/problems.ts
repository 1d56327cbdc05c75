import { randomUUID } from 'node:crypto';
import { LeewayError, toProblem, type Policy, type Problem } from '@leeway/contract';
import type { Log, RawResponse } from '@leeway/runtime';
import type { NextFunction, Request, Response } from 'express';
import { requestIdOf } from './request-id.js';

/** Turns whatever was thrown into a problem document. What is not meant for callers goes to the log only. */
export function problems(policy: Policy, log: Log) {
  return (error: unknown, request: Request, response: Response, next: NextFunction): void => {
    const id = requestIdOf(response);
    const shown = shownError(error, { log, requestId: id, method: request.method, path: request.path });
    // The answer has begun (a stream): nothing can be said any more but that it broke.
    if (response.headersSent) return next(error);
    for (const [name, value] of Object.entries(problemHeaders(shown, policy))) response.setHeader(name, value);
    response.statusCode = shown.status;
    response.end(textOf(shown, id));
  };
}

/** The error as a caller may see it. One that nobody expected is told to the operator, with what it happened to. */
export function shownError(error: unknown, of: { log: Log; requestId: string; [more: string]: unknown }): LeewayError {
  const { log, ...facts } = of;
  const shown = forCallers(error);
  if (shown.status === 500) log.error({ event: 'request_failed', ...facts, error }, shown.message);
  return shown;
}

/** The error as a caller may see it: a code of the table, and nothing of the inside. */
export function forCallers(error: unknown): LeewayError {
  if (error instanceof LeewayError) return error;
  if (error instanceof URIError)
    return new LeewayError('invalid_request', 'The address has a percent sign that encodes nothing.', { cause: error });
  return new LeewayError('internal', 'The server met an error that it did not expect.', { cause: error });
}

/** A problem document with the id of the request, for whoever asks the operator. */
export function problemOf(error: LeewayError, id: string): Problem & { requestId: string } {
  return { ...toProblem(error), requestId: id };
}

/** The answer to bytes that are no HTTP request; they have no headers to take an id from. */
export function unreadableRequest(error: NodeJS.ErrnoException): RawResponse {
  const refusal = new LeewayError(
    'invalid_request',
    `This is not an HTTP request that can be read (${error.code ?? error.message}).`,
  );
  return { status: refusal.status, type: PROBLEM_TYPE, body: textOf(refusal, randomUUID()) };
}

const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

function textOf(error: LeewayError, id: string): string {
  return `${JSON.stringify(problemOf(error, id))}\n`;
}

function problemHeaders(error: LeewayError, policy: Policy): Record<string, string> {
  const later = error.status === 503 || error.status === 429;
  return {
    'Content-Type': PROBLEM_TYPE,
    ...(later ? { 'Retry-After': String(error.details.retryAfterS ?? policy.api.retryAfterS) } : {}),
    ...(error.status === 426 ? { Upgrade: 'websocket' } : {}),
    ...(error.status === 401 ? { 'WWW-Authenticate': 'Bearer realm="leeway"' } : {}),
  };
}

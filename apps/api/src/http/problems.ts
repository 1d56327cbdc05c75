import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { RETRY_AFTER_S } from '../calls/bounds.js';
import { LeewayError } from '@leeway/contract';
import type { Log, RawResponse } from '@leeway/runtime';
import { problemOf, reportError } from '../calls/problem.js';
import { requestIdOf } from './request-id.js';
import { pathOf } from './request-url.js';

/** Sends whatever was thrown as a problem document. */
export function sendProblem(error: unknown, request: IncomingMessage, response: ServerResponse, log: Log): void {
  const requestId = requestIdOf(response);
  const path = pathOf(request.url ?? '');
  const shown = reportError(error, { log, requestId, method: request.method, path });
  // The response has begun (a stream): nothing but a cut connection shows the client that it is incomplete.
  if (response.headersSent) return void request.socket.destroy();
  for (const [name, value] of Object.entries(problemHeaders(shown))) response.setHeader(name, value);
  response.statusCode = shown.status;
  response.end(textOf(shown, requestId));
}

/** The response to bytes that are not an HTTP request; they have no headers to take an id from. */
export function unreadableRequest(error: NodeJS.ErrnoException): RawResponse {
  const message = `This is not a valid HTTP request (${error.code ?? error.message}).`;
  const refusal = new LeewayError('invalid_request', message);
  return { status: refusal.status, type: PROBLEM_TYPE, body: textOf(refusal, randomUUID()) };
}

const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

function textOf(error: LeewayError, requestId: string): string {
  return `${JSON.stringify(problemOf(error, requestId))}\n`;
}

function problemHeaders(error: LeewayError): Record<string, string> {
  const temporary = error.status === 503 || error.status === 429;
  return {
    'Content-Type': PROBLEM_TYPE,
    ...(temporary ? { 'Retry-After': String(error.details.retryAfterS ?? RETRY_AFTER_S) } : {}),
    ...(error.status === 426 ? { Upgrade: 'websocket' } : {}),
    ...(error.status === 401 ? { 'WWW-Authenticate': 'Bearer realm="leeway"' } : {}),
  };
}

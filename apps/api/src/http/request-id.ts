import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

const USABLE = /^[A-Za-z0-9._-]{1,100}$/;

/** Every response has an `X-Request-Id`: the client's own where it is usable, so that the logs of both can be matched. */
export function setRequestId(request: IncomingMessage, response: ServerResponse): void {
  const given = request.headers['x-request-id'];
  response.setHeader('X-Request-Id', typeof given === 'string' && USABLE.test(given) ? given : randomUUID());
}

export function requestIdOf(response: ServerResponse): string {
  return String(response.getHeader('X-Request-Id') ?? '');
}

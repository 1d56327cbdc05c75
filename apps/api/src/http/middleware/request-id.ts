import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';

const USABLE = /^[A-Za-z0-9._-]{1,100}$/;

/** Every response has an `X-Request-Id`: the client's own where it is usable, so that the logs of both can be matched. */
export function requestId(request: Request, response: Response, next: NextFunction): void {
  const given = request.get('x-request-id');
  response.setHeader('X-Request-Id', given !== undefined && USABLE.test(given) ? given : randomUUID());
  next();
}

export function requestIdOf(response: Response): string {
  return String(response.getHeader('X-Request-Id') ?? '');
}

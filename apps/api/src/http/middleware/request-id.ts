import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';

const GIVEN = /^[A-Za-z0-9._-]{1,100}$/;

/** Every answer carries an `X-Request-Id`: the caller's own where it is usable, so that logs of both sides meet. */
export function requestId(request: Request, response: Response, next: NextFunction): void {
  const given = request.get('x-request-id');
  response.setHeader('X-Request-Id', given !== undefined && GIVEN.test(given) ? given : randomUUID());
  next();
}

/** The id that the answer carries. */
export function requestIdOf(response: Response): string {
  return String(response.getHeader('X-Request-Id') ?? '');
}

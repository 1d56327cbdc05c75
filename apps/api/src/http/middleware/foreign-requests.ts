import { LeewayError } from '@leeway/contract';
import type { HostGuard } from '@leeway/runtime';
import type { NextFunction, Request, Response } from 'express';

/** Lets in what is meant for this server and does not come from a page of another site, before anything is read. */
export function ownAddress(guard: HostGuard) {
  return (request: Request, _response: Response, next: NextFunction): void => {
    const refusal = guard.refusal(request.headers);
    next(refusal === undefined ? undefined : new LeewayError(refusal.code, refusal.message));
  };
}

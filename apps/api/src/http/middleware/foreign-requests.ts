import { LeewayError } from '@leeway/contract';
import type { HostGuard } from '@leeway/runtime';
import type { NextFunction, Request, Response } from 'express';

/** Refuses requests for other hosts and from pages of other sites, before anything of them is read. */
export function refuseForeign(guard: HostGuard) {
  return (request: Request, _response: Response, next: NextFunction): void => {
    const refusal = guard.refusal(request.headers);
    next(refusal === undefined ? undefined : new LeewayError(refusal.code, refusal.message));
  };
}

const HEADERS: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy':
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/** No response is cached, sniffed, framed, or read by a page of another site. There is no CORS on purpose. */
export function safeHeaders(_request: Request, response: Response, next: NextFunction): void {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
  next();
}

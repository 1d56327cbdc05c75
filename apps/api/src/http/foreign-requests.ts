import type { IncomingMessage, ServerResponse } from 'node:http';
import { LeewayError } from '@leeway/contract';
import type { HostGuard } from '@leeway/runtime';

/** Throws LeewayError for requests for other hosts and from pages of other sites, before anything of them is read. */
export function refuseForeign(guard: HostGuard, request: IncomingMessage): void {
  const refusal = guard.refusal(request.headers);
  if (refusal !== undefined) throw new LeewayError(refusal.code, refusal.message);
}

const HEADERS = Object.entries({
  'Cache-Control': 'no-store',
  'Content-Security-Policy':
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
});

/** No response is cached, sniffed, framed, or read by a page of another site. There is no CORS on purpose. */
export function setSafeHeaders(response: ServerResponse): void {
  for (const [name, value] of HEADERS) response.setHeader(name, value);
}

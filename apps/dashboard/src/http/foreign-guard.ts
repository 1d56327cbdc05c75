import { LeewayError } from '@leeway/contract';
import type { HostGuard } from '@leeway/runtime';
import type { Request, RequestHandler } from 'express';

/**
 * Refuses requests for another host name (DNS rebinding) and requests by pages of another site. A followed link is
 * accepted: the other site cannot read the page that it leads to.
 */
export function foreignGuard(guard: HostGuard): RequestHandler {
  return (request, _response, next) => {
    const { host, origin } = request.headers;
    const site = isFollowedLink(request) ? undefined : request.headers['sec-fetch-site'];
    const refusal = guard.refusal({ host, origin, 'sec-fetch-site': site });
    next(refusal === undefined ? undefined : new LeewayError(refusal.code, refusal.message));
  };
}

/** For requests that change something. Browsers send an Origin with every form: a request without one is not from a form here. */
export function onlyFromOwnPages(guard: HostGuard): RequestHandler {
  return (request, _response, next) => {
    const { host, origin } = request.headers;
    const site = request.headers['sec-fetch-site'];
    const refusal = guard.refusal({ host, origin: origin ?? 'none', 'sec-fetch-site': site });
    next(refusal === undefined ? undefined : new LeewayError(refusal.code, refusal.message));
  };
}

function isFollowedLink({ method, headers }: Request): boolean {
  return method === 'GET' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
}

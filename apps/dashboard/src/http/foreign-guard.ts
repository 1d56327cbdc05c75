import { LeewayError } from '@leeway/contract';
import type { HostGuard } from '@leeway/runtime';
import type { Request, RequestHandler } from 'express';

/**
 * Refuses requests that were meant for another name (DNS rebinding) or made by a page of another site. A link that
 * somebody follows to a page here is let in: the other site cannot read what it leads to.
 */
export function foreignGuard(guard: HostGuard): RequestHandler {
  return (request, _response, next) => {
    const { host, origin } = request.headers;
    const site = isFollowedLink(request) ? undefined : request.headers['sec-fetch-site'];
    const refusal = guard.refusal({ host, origin, 'sec-fetch-site': site });
    next(refusal === undefined ? undefined : new LeewayError(refusal.code, refusal.message));
  };
}

/** For what changes something: browsers send an Origin with every form, so its absence is not a form of ours. */
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

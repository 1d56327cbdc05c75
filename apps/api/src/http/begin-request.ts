import type { IncomingMessage, ServerResponse } from 'node:http';
import { HostGuard, type OwnAddress } from '@leeway/runtime';
import type { Services } from '../calls/services.js';
import { countAtEnd } from './count-request.js';
import { refuseForeign, setSafeHeaders } from './foreign-requests.js';
import { setRequestId } from './request-id.js';

/** Gives a request its id, headers and count. Throws LeewayError for one from elsewhere, of which nothing is read. */
export type BeginRequest = (request: IncomingMessage, response: ServerResponse) => void;

/** How every request begins, whatever then finds its route. */
export function beginRequests(services: Services, own: Pick<OwnAddress, 'host' | 'port'>): BeginRequest {
  const guard = new HostGuard({ ...own, publicNames: services.policy.api.hosts });
  return (request, response) => {
    setRequestId(request, response);
    setSafeHeaders(response);
    countAtEnd(request, response, services);
    refuseForeign(guard, request);
  };
}

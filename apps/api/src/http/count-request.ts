import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock, Log } from '@leeway/runtime';
import type { ApiMetrics } from '../metrics/api-metrics.js';
import { requestIdOf } from './request-id.js';

export interface RequestLabel {
  /** Path of the route, with names in place of values: a bounded set. */
  route: string;
  /** The route keeps it open on purpose: its duration does not measure the server. */
  keptOpen: boolean;
}

const NO_ROUTE: RequestLabel = { route: 'none', keptOpen: false };
const KNOWN_METHODS = ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE', 'OPTIONS'];
const labels = new WeakMap<ServerResponse, RequestLabel>();

/** Counts and logs a request at its end, also where it is refused. */
export function countAtEnd(
  request: IncomingMessage,
  response: ServerResponse,
  { metrics, clock, log }: { metrics: ApiMetrics; clock: Clock; log: Log },
): void {
  const beganMs = clock.monotonicMs();
  response.once('close', () => {
    const { route, keptOpen } = labels.get(response) ?? NO_ROUTE;
    const tookMs = clock.monotonicMs() - beganMs;
    const { method = '' } = request;
    const status = response.statusCode;
    metrics.countRequest({
      method: KNOWN_METHODS.includes(method) ? method : 'other',
      route,
      status,
      tookMs: keptOpen ? null : tookMs,
    });
    log.debug(
      { event: 'request', requestId: requestIdOf(response), method, route, status, tookMs },
      `${method} ${route} ${status}`,
    );
  });
}

/** Assigns a request to its route. */
export function labelRequest(response: ServerResponse, label: RequestLabel): void {
  labels.set(response, label);
}

import type { Clock, Log } from '@leeway/runtime';
import type { NextFunction, Request, Response } from 'express';
import type { ApiMetrics } from '../../metrics/api-metrics.js';
import { requestIdOf } from './request-id.js';

export interface RequestLabel {
  /** Path of the route, with names in place of values: a bounded set. */
  route: string;
  /** The route keeps it open on purpose: its duration does not measure the server. */
  keptOpen: boolean;
}

const NO_ROUTE: RequestLabel = { route: 'none', keptOpen: false };
const KNOWN_METHODS = ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE', 'OPTIONS'];

/** Counts and logs every request at its end, the refused ones included. */
export function countRequests(sources: { metrics: ApiMetrics; clock: Clock; log: Log }) {
  const { metrics, clock, log } = sources;
  return (request: Request, response: Response, next: NextFunction): void => {
    const beganMs = clock.monotonicMs();
    response.once('close', () => {
      const { route, keptOpen } = labelOf(response);
      const tookMs = clock.monotonicMs() - beganMs;
      const { method } = request;
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
    next();
  };
}

/** Assigns a request to its route. */
export function labelRequest(response: Response, label: RequestLabel): void {
  response.locals['label'] = label;
}

function labelOf(response: Response): RequestLabel {
  return (response.locals['label'] as RequestLabel | undefined) ?? NO_ROUTE;
}

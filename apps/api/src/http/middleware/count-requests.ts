import type { Clock, Log } from '@leeway/runtime';
import type { NextFunction, Request, Response } from 'express';
import type { ApiMetrics } from '../../metrics/api-metrics.js';
import { requestIdOf } from './request-id.js';

export interface RequestLabel {
  /** Path of the route, with names in place of values: a bounded set. */
  route: string;
  /** Held open on purpose: its duration says nothing about the server. */
  held: boolean;
}

const NO_ROUTE: RequestLabel = { route: 'none', held: false };

/** Counts and logs every request at its end, also the refused ones. */
export function countRequests(sources: { metrics: ApiMetrics; clock: Clock; log: Log }) {
  const { metrics, clock, log } = sources;
  return (request: Request, response: Response, next: NextFunction): void => {
    const began = clock.monotonicMs();
    response.once('close', () => {
      const { route, held } = labelOf(response);
      const tookMs = clock.monotonicMs() - began;
      const { method } = request;
      const status = response.statusCode;
      metrics.countRequest({
        method: KNOWN_METHODS.includes(method) ? method : 'other',
        route,
        status,
        tookMs: held ? null : tookMs,
      });
      log.debug(
        { event: 'request', requestId: requestIdOf(response), method, route, status, tookMs },
        `${method} ${route} ${status}`,
      );
    });
    next();
  };
}

const KNOWN_METHODS = ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE', 'OPTIONS'];

/** Says which route a request belongs to. */
export function labelRequest(response: Response, label: RequestLabel): void {
  response.locals['label'] = label;
}

function labelOf(response: Response): RequestLabel {
  return (response.locals['label'] as RequestLabel | undefined) ?? NO_ROUTE;
}

import type { RequestListener } from 'node:http';
import type { OwnAddress } from '@leeway/runtime';
import type { Route } from '../calls/route.js';
import type { Services } from '../calls/services.js';
import { beginRequests } from './begin-request.js';
import { createApp } from './express-app.js';
import { findHotRoute } from './hot-routes.js';
import { sendProblem } from './problems.js';
import { serve } from './serve.js';

/** The calls of the API: those of `hot` are found without Express, which costs several times as much as what they do. */
export interface Routing {
  readonly routes: readonly Route[];
  /** Some of `routes`. */
  readonly hot: readonly Route[];
}

/** The API as a listener of a server. Both ways to a route share everything but the search for it. */
export function createListener(
  { routes, hot }: Routing,
  services: Services,
  own: Pick<OwnAddress, 'host' | 'port'>,
): RequestListener {
  const begin = beginRequests(services, own);
  const app = createApp(routes, services, begin);
  const find = findHotRoute(hot);
  return (request, response) => {
    const found = find(request.method ?? '', request.url ?? '');
    if (found === undefined) return app(request, response);
    try {
      begin(request, response);
    } catch (error) {
      return sendProblem(error, request, response, services.log);
    }
    serve(found.route, { request, response, params: found.params }, services).catch((error: unknown) =>
      sendProblem(error, request, response, services.log),
    );
  };
}

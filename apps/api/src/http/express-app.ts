import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { LeewayError } from '@leeway/contract';
import express, { Router } from 'express';
import type { Route } from '../calls/route.js';
import type { Services } from '../calls/services.js';
import type { BeginRequest } from './begin-request.js';
import { sendProblem } from './problems.js';
import { serve } from './serve.js';

/** Any request. */
export function createApp(routes: readonly Route[], services: Services, begin: BeginRequest): RequestListener {
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', false);
  app.use((request, response, next) => {
    begin(request, response);
    next();
  });
  app.use(createRouter(routes, services));
  // Express takes a function of four parameters for one that handles errors.
  app.use((error: unknown, request: IncomingMessage, response: ServerResponse, _next: unknown) =>
    sendProblem(error, request, response, services.log),
  );
  return app;
}

/** The routes as an Express router. Every path replies to every method: with its route, or 405 and what it allows. */
function createRouter(routes: readonly Route[], services: Services): Router {
  const router = Router({ caseSensitive: true });
  for (const path of new Set(routes.map((route) => route.path))) {
    const here = routes.filter((route) => route.path === path);
    const allowed = here.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
    router.all(expressPath(path), async (request, response) => {
      const method = request.method === 'HEAD' ? 'GET' : request.method;
      const route = here.find((candidate) => candidate.method === method);
      const params = request.params as Record<string, string>;
      if (route !== undefined) return serve(route, { request, response, params }, services);
      response.setHeader('Allow', allowed);
      const message = `${path} has no method ${shown(request.method)}, only ${allowed}.`;
      throw new LeewayError('method_not_allowed', message);
    });
  }
  router.use((request) => {
    throw new LeewayError('not_found', `There is no ${shown(request.path)} here.`);
  });
  return router;
}

function expressPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

const SHOWN = 100;

function shown(text: string): string {
  return text.slice(0, SHOWN);
}

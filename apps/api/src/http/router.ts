import { LeewayError } from '@leeway/contract';
import { MAX_DEPTH } from '../calls/bounds.js';
import { Router, type Request, type Response } from 'express';
import { authorize } from '../calls/principal.js';
import { queryOf } from '../calls/query-values.js';
import type { Route } from '../calls/route.js';
import { CALL_OVER, runCall } from '../calls/run-call.js';
import type { Services } from '../calls/services.js';
import { labelRequest } from './middleware/count-requests.js';
import { readJsonBody, readTextBody } from './read-body.js';
import { sendReply } from './send-reply.js';

/** The routes as an Express router. Every path replies to every method: with its route, or 405 and what it allows. */
export function createRouter(routes: readonly Route[], services: Services): Router {
  const router = Router({ caseSensitive: true });
  for (const path of new Set(routes.map((route) => route.path))) {
    const here = routes.filter((route) => route.path === path);
    const allowed = here.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
    router.all(expressPath(path), async (request, response) => {
      const method = request.method === 'HEAD' ? 'GET' : request.method;
      const route = here.find((candidate) => candidate.method === method);
      if (route !== undefined) return serve(route, { request, response, services });
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

interface Exchange {
  request: Request;
  response: Response;
  services: Services;
}

/** One request, from its authorization to the end of the response. */
async function serve(route: Route, { request, response, services }: Exchange): Promise<void> {
  const { policy } = services;
  const controller = new AbortController();
  response.once('close', () => controller.abort(CALL_OVER));
  labelRequest(response, { route: route.path, keptOpen: false });
  try {
    const raw = {
      principal: authorize(request.get('authorization'), route.scope, services),
      params: request.params as Record<string, string>,
      query: queryOf(searchOf(request.url)),
      body: await receiveBody(route, request, services),
      header: (name: string) => request.get(name),
      onKeptOpen: () => labelRequest(response, { route: route.path, keptOpen: true }),
      controller,
    };
    const reply = await runCall(route, raw, services);
    await sendReply(response, reply, { keepAliveMs: policy.api.keepAliveMs, signal: controller.signal });
  } finally {
    // Ends whatever the route still waits for.
    controller.abort(CALL_OVER);
  }
}

function receiveBody({ body }: Route, request: Request, { policy, bounds }: Services): Promise<unknown> {
  if (body === undefined) return Promise.resolve(undefined);
  if (body.text !== undefined) return readTextBody(request, { maxBytes: bounds.maxImportBytes, types: body.text });
  return readJsonBody(request, { maxBytes: policy.limits.maxPayloadBytes, maxDepth: MAX_DEPTH });
}

function expressPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

function searchOf(url: string): string {
  const mark = url.indexOf('?');
  return mark < 0 ? '' : url.slice(mark + 1);
}

const SHOWN = 100;

function shown(text: string): string {
  return text.slice(0, SHOWN);
}

import { LeewayError, type Policy } from '@leeway/contract';
import { Router, type Request, type Response } from 'express';
import { labelRequest } from './middleware/count-requests.js';
import { readJsonBody, readTextBody } from './read-body.js';
import { NO_QUERY, readQuery } from '../calls/query-values.js';
import type { Route } from '../calls/route.js';
import { CALL_OVER, runCall } from '../calls/run-call.js';
import { sendReply } from './send-reply.js';
import type { Services } from '../calls/services.js';
import { authorize } from '../calls/principal.js';

/** The routes as an express router. Every path answers every method: with its route, or 405 and what it allows. */
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
      throw new LeewayError(
        'method_not_allowed',
        `${shown(request.method)} is not available for ${path}; ${allowed} are.`,
      );
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

/** One request from its checks to the end of its answer. */
async function serve(route: Route, exchange: Exchange): Promise<void> {
  const { request, response, services } = exchange;
  const { policy } = services;
  const gone = new AbortController();
  response.once('close', () => gone.abort(CALL_OVER));
  labelRequest(response, { route: route.path, held: false });
  try {
    const asked = {
      principal: authorize(request.get('authorization'), route, services),
      params: request.params as Record<string, string>,
      query: readQuery(searchOf(request.url), route.query?.(policy) ?? NO_QUERY),
      body: await readBody(route, request, policy),
      header: (name: string) => request.get(name),
      held: () => labelRequest(response, { route: route.path, held: true }),
      gone,
    };
    const reply = await runCall(route, asked, services);
    await sendReply(response, reply, { keepAliveMs: policy.api.keepAliveMs, signal: gone.signal });
  } finally {
    // Whatever the route still waits for is of no use to anybody now.
    gone.abort(CALL_OVER);
  }
}

function readBody({ body }: Route, request: Request, { limits, api }: Policy): Promise<unknown> {
  if (body === undefined) return Promise.resolve(undefined);
  if (body.text !== undefined) return readTextBody(request, { maxBytes: api.maxImportBytes, types: body.text });
  return readJsonBody(request, { maxBytes: limits.maxPayloadBytes, maxDepth: api.maxDepth });
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

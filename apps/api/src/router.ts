import { LeewayError, type Policy } from '@leeway/contract';
import { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import { AnswerLimit } from './answer-limit.js';
import { labelRequest } from './middleware/count-requests.js';
import { readJsonBody, readTextBody } from './middleware/json-body.js';
import { readQuery } from './query-values.js';
import type { Call, Route } from './route.js';
import { sendReply } from './send-reply.js';
import type { Services } from './services.js';
import { identify } from './visitor.js';

const NO_QUERY = z.strictObject({});

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

/** Why the signal of a call fires; one for all, because making an error for each request costs more than routing it. */
const OVER = new Error('the request is over');

/** One request from its checks to the end of its answer. */
async function serve(route: Route, exchange: Exchange): Promise<void> {
  const { response, services } = exchange;
  const { policy } = services;
  const limit = new AnswerLimit(policy.api.answerMs, policy.api.retryAfterS);
  const gone = new AbortController();
  response.once('close', () => gone.abort(OVER));
  labelRequest(response, { route: route.path, held: false });
  try {
    const call = await prepare(route, exchange, { limit, gone });
    const reply = await limit.race(() => route.handle(call, services));
    await sendReply(response, reply);
  } finally {
    // Whatever the route still waits for is of no use to anybody now.
    gone.abort(OVER);
  }
}

async function prepare(
  route: Route,
  exchange: Exchange,
  parts: { limit: AnswerLimit; gone: AbortController },
): Promise<Call> {
  const { request, response, services } = exchange;
  const { limit, gone } = parts;
  const { policy, open } = services;
  const visitor = identify(request.get('authorization'), route.scope, services);
  const query = readQuery(searchOf(request.url), route.query?.(policy) ?? NO_QUERY);
  const body = await readBody(route, request, policy);
  return {
    params: request.params as Record<string, string>,
    query,
    body,
    visitor,
    signal: gone.signal,
    header: (name) => request.get(name),
    writes: () => void (limit.writing = true),
    hold: (extraMs) => {
      const release = open.take(gone);
      // Aborted with the end of the answer at the latest, so no place is ever lost.
      if (gone.signal.aborted) release();
      else gone.signal.addEventListener('abort', release, { once: true });
      labelRequest(response, { route: route.path, held: true });
      limit.extend(extraMs);
    },
  };
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

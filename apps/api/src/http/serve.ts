import type { IncomingMessage, ServerResponse } from 'node:http';
import { CallEnd } from '../calls/call-end.js';
import { MAX_DEPTH } from '../calls/bounds.js';
import { authorize } from '../calls/principal.js';
import { queryOf } from '../calls/query-values.js';
import type { Route } from '../calls/route.js';
import { runCall, type RawCall } from '../calls/run-call.js';
import type { Services } from '../calls/services.js';
import { labelRequest } from './count-request.js';
import { readJsonBody, readTextBody } from './read-body.js';
import { searchOf } from './request-url.js';
import { sendReply } from './send-reply.js';

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly params: Readonly<Record<string, string>>;
}

/** One request, from its authorization to the end of the response. */
export async function serve(route: Route, { request, response, params }: Exchange, services: Services): Promise<void> {
  const { policy } = services;
  const end = new CallEnd();
  response.once('close', () => end.reach());
  labelRequest(response, { route: route.path, keptOpen: false });
  try {
    const raw: RawCall = {
      principal: authorize(request.headers.authorization, route.scope, services),
      params,
      query: queryOf(searchOf(request.url ?? '')),
      body: await receiveBody(route, request, services),
      header: (name) => headerOf(request, name),
      onKeptOpen: () => labelRequest(response, { route: route.path, keptOpen: true }),
      get controller() {
        return end.controller;
      },
    };
    const reply = await runCall(route, raw, services);
    await sendReply(response, reply, () => ({ keepAliveMs: policy.api.keepAliveMs, signal: end.controller.signal }));
  } finally {
    // Ends whatever the route still waits for.
    end.reach();
  }
}

function receiveBody({ body }: Route, request: IncomingMessage, { policy, bounds }: Services): Promise<unknown> {
  if (body === undefined) return Promise.resolve(undefined);
  if (body.text !== undefined) return readTextBody(request, { maxBytes: bounds.maxImportBytes, types: body.text });
  return readJsonBody(request, { maxBytes: policy.limits.maxPayloadBytes, maxDepth: MAX_DEPTH });
}

/** Node joins a header that is sent more than once, but for `Set-Cookie`, which no route reads. */
function headerOf({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name.toLowerCase()];
  return typeof value === 'string' ? value : undefined;
}

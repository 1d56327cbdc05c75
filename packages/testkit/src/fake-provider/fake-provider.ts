import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { logConnections, type ConnectionLog } from './connection-log.js';
import { ClientGone, createExchange, type ChatRequest, type Exchange } from './exchange.js';
import { FAULTY_SCENARIOS } from './faulty-scenarios.js';
import { HEALTHY_SCENARIOS, type Scenario } from './healthy-scenarios.js';
import { WIRE_SCENARIOS } from './wire-scenarios.js';

/** Every behaviour of this provider, by the model name that chooses it in a request. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  ...HEALTHY_SCENARIOS,
  ...FAULTY_SCENARIOS,
  ...WIRE_SCENARIOS,
};

export interface FakeProviderOptions {
  /** Default 0: any free one. */
  port?: number;
  /** Further models by name, e.g. `{ 'large-model': SCENARIOS.stall }`. */
  models?: Readonly<Record<string, Scenario>>;
  /** Requests without `Authorization: Bearer <this>` get 401. Default: no key is needed. */
  key?: string;
}

/** A server on 127.0.0.1 with OpenAI's chat completions API, which fails in many ways on request. */
export interface FakeProvider {
  /** Ends with `/v1`. */
  readonly baseUrl: string;
  /** Chat requests in the order of arrival. */
  readonly requests: readonly ChatRequest[];
  readonly connections: ConnectionLog;
  /** Queues answers for the next requests, one each, whatever model they name. */
  next(...scenarios: Scenario[]): void;
  /** Sets the scenario of a model, which may be new. */
  on(model: string, scenario: Scenario): void;
  /** Closes all connections and stops listening. May be called twice. */
  stop(): Promise<void>;
}

export async function startFakeProvider(options: FakeProviderOptions = {}): Promise<FakeProvider> {
  const requests: ChatRequest[] = [];
  const queued: Scenario[] = [];
  const models: Record<string, Scenario> = { ...SCENARIOS, ...options.models };

  const chat = async (incoming: IncomingMessage, response: ServerResponse) => {
    const request = readChatRequest(incoming, await text(incoming));
    if (request === undefined)
      return answer(response, 400, {
        error: { message: 'The body is not a JSON object.', type: 'invalid_request_error' },
      });
    requests.push(request);
    const exchange = createExchange({ request, response, number: requests.length });
    if (!holdsKey(incoming, options.key)) return SCENARIOS['wrong-key']?.(exchange);
    const scenario = queued.shift() ?? (Object.hasOwn(models, request.model) ? models[request.model] : unknownModel);
    await scenario?.(exchange);
  };

  const server = createServer((incoming, response) => {
    route(incoming, response).catch((error: unknown) => {
      if (!(error instanceof ClientGone)) response.destroy(error as Error);
    });
  });
  const route = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (incoming.method === 'POST' && incoming.url === '/v1/chat/completions') return chat(incoming, response);
    if (incoming.method === 'GET' && incoming.url === '/v1/models')
      return answer(response, 200, listModels(Object.keys(models)));
    answer(response, 404, {
      error: { message: `Unknown request URL: ${incoming.method} ${incoming.url}`, type: 'invalid_request_error' },
    });
  };
  const connections = logConnections(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    connections,
    next: (...scenarios) => void queued.push(...scenarios),
    on: (model, scenario) => void (models[model] = scenario),
    async stop() {
      connections.destroyAll();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function readChatRequest(incoming: IncomingMessage, bodyText: string): ChatRequest | undefined {
  const body = parseObject(bodyText);
  if (body === undefined) return undefined;
  const streamOptions = body['stream_options'] as { include_usage?: boolean } | undefined;
  return {
    model: String(body['model']),
    stream: body['stream'] === true,
    includeUsage: streamOptions?.include_usage === true,
    headers: incoming.headers,
    body,
  };
}

function parseObject(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function holdsKey(incoming: IncomingMessage, key: string | undefined): boolean {
  return key === undefined || incoming.headers.authorization === `Bearer ${key}`;
}

function unknownModel(exchange: Exchange): Promise<void> {
  const message = `The model '${exchange.request.model}' does not exist or you do not have access to it.`;
  return exchange.refuse({
    status: 404,
    error: { message, type: 'invalid_request_error', param: null, code: 'model_not_found' },
  });
}

function listModels(names: string[]): object {
  return { object: 'list', data: names.map((id) => ({ id, object: 'model', created: 0, owned_by: 'fake' })) };
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

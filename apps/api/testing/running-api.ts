import { request, type IncomingHttpHeaders } from 'node:http';
import { parsePolicy, type Job, type Policy } from '@leeway/contract';
import { createLog, readConfig, type Config, type KeyRing } from '@leeway/runtime';
import { startRedis, waitUntil, type PrivateRedis } from '@leeway/testkit';
import { createApi } from '../src/api.js';
import { API_BOUNDS, type ApiBounds } from '../src/calls/bounds.js';
import { expectDocumented } from './documented-response.js';

export interface ApiResponse {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** The body as JSON; undefined: it is not JSON. */
  json: any;
}

export interface CallOptions {
  /** Sent as JSON, with its Content-Type. */
  body?: unknown;
  /** Sent unchanged. */
  raw?: string | Buffer;
  headers?: Record<string, string>;
}

export interface RunningApi {
  readonly url: string;
  readonly port: number;
  readonly redis: PrivateRedis;
  readonly policy: Policy;
  readonly redisUrl: string;
  /** Lines of its log. */
  readonly lines: string[];
  /** Any request with any headers: fetch would correct some of them. Fails when the response is not a documented one. */
  call(method: string, path: string, options?: CallOptions): Promise<ApiResponse>;
  get(path: string, headers?: Record<string, string>): Promise<ApiResponse>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<ApiResponse>;
  /** Submits a job; fails when it is refused. */
  submit(submission: object, headers?: Record<string, string>): Promise<Job>;
  /** The value of a gauge in `/metrics`. */
  gauge(name: string): Promise<number>;
  /** Resolves when a gauge has the value; default `leeway_open_requests`. */
  waitForGauge(value: number, name?: string): Promise<void>;
  stop(): Promise<void>;
}

export interface ApiOptions {
  /** As in the policy file. */
  policy?: object;
  /** Path of a policy file, which the API follows, in place of `policy`. */
  policyFile?: string;
  bounds?: Partial<ApiBounds>;
  keys?: KeyRing;
  /** A Redis that the test stops. Default: one of its own. */
  redis?: PrivateRedis;
  /** Address of a Redis that does not have to exist. */
  redisUrl?: string;
  /** Whether Redis answers, so that the API becomes ready. Default: true, unless there is a `redisUrl`. */
  becomesReady?: boolean;
}

/** The API in this process, on its own port, with a real Redis. */
export async function startApi(options: ApiOptions = {}): Promise<RunningApi> {
  const redis = options.redis ?? (await startRedis());
  const redisUrl = options.redisUrl ?? redis.url;
  const lines: string[] = [];
  const read = readConfig(options.policyFile === undefined ? {} : { LEEWAY_POLICY: options.policyFile });
  const policy = options.policyFile === undefined ? parsePolicy(options.policy) : read.policy;
  const config: Config = { ...read, port: 0, redisUrl, policy, keys: options.keys ?? null };
  const { lifecycle, server } = createApi(
    config,
    createLog({ process: 'api', level: 'debug', write: (line) => lines.push(line) }),
    { ...API_BOUNDS, ...options.bounds },
  );
  await lifecycle.start();
  const call = async (method: string, path: string, given: CallOptions = {}) => {
    const response = await send(server.port, { method, path, ...given });
    expectDocumented({ method, path, ...response });
    return response;
  };
  if (options.becomesReady ?? options.redisUrl === undefined)
    await waitUntil(async () => (await call('GET', '/readyz')).status === 200, { what: 'the API to become ready' });
  const post = (path: string, body?: unknown, headers?: Record<string, string>) =>
    call('POST', path, { body, headers });
  const gauge = async (name: string) => {
    const { text } = await call('GET', '/metrics');
    return Number(new RegExp(`^${name}(?:\\{.*\\})? (\\d+)`, 'm').exec(text)?.[1]);
  };
  return {
    ...{ redis, policy, redisUrl, lines, call, post },
    url: server.url,
    port: server.port,
    get: (path, headers) => call('GET', path, { headers }),
    async submit(submission, headers) {
      const response = await post('/v1/jobs', submission, headers);
      if (response.status !== 202) throw new Error(`not accepted: ${response.text}`);
      return response.json as Job;
    },
    gauge,
    async waitForGauge(value, name = 'leeway_open_requests') {
      await waitUntil(async () => (await gauge(name)) === value, { what: `${name} to be ${value}` });
    },
    async stop() {
      await lifecycle.stop('test is over');
      if (options.redis === undefined) await redis.stop();
    },
  };
}

function send(
  port: number,
  { method, path, body, raw, headers = {} }: CallOptions & { method: string; path: string },
): Promise<ApiResponse> {
  const content = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const typed = body === undefined ? {} : { 'content-type': 'application/json' };
  const sized =
    content === undefined || 'transfer-encoding' in headers
      ? {}
      : { 'content-length': String(Buffer.byteLength(content)) };
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, method, path, headers: { ...typed, ...sized, ...headers } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: parsed(text) });
        });
      },
    );
    sent.on('error', reject);
    sent.end(content);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const hello = { kind: 'command', input: { argv: ['node', '-e', 'console.log("hello")'] } };

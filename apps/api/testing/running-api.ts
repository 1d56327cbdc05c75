import { request, type IncomingHttpHeaders } from 'node:http';
import { parsePolicy, type Job, type Policy } from '@leeway/contract';
import { createLog, readConfig, type Config, type KeyRing } from '@leeway/runtime';
import { startRedis, type PrivateRedis } from '@leeway/testkit';
import { createApi } from '../src/api.js';
import { API_BOUNDS, type ApiBounds } from '../src/calls/bounds.js';
import { expectDocumented } from './documented-response.js';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** The body as JSON; undefined when it is none. */
  json: any;
}

export interface CallOptions {
  /** Sent as JSON, with the header that says so. */
  body?: unknown;
  /** Sent as it is. */
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
  /** Any request, with any headers: fetch would correct some of them. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Submits and expects success. */
  submit(submission: object, headers?: Record<string, string>): Promise<Job>;
  stop(): Promise<void>;
}

export interface ApiOptions {
  /** As in the policy file. */
  policy?: object;
  bounds?: Partial<ApiBounds>;
  keys?: KeyRing;
  /** A Redis that is somebody else's to stop. Default: one of its own. */
  redis?: PrivateRedis;
  /** Address of a Redis that may not be there. */
  redisUrl?: string;
}

/** The API in this process, on a port of its own, with a real Redis. */
export async function startApi(options: ApiOptions = {}): Promise<RunningApi> {
  const redis = options.redis ?? (await startRedis());
  const policy = parsePolicy(options.policy);
  const redisUrl = options.redisUrl ?? redis.url;
  const lines: string[] = [];
  const config: Config = { ...readConfig({}), port: 0, redisUrl, policy, keys: options.keys ?? null };
  const { lifecycle, server } = createApi(
    config,
    createLog({ process: 'api', level: 'debug', write: (line) => lines.push(line) }),
    { ...API_BOUNDS, ...options.bounds },
  );
  await lifecycle.start();
  const call = async (method: string, path: string, given: CallOptions = {}) => {
    const answer = await send(server.port, { method, path, ...given });
    expectDocumented({ method, path, ...answer });
    return answer;
  };
  const post = (path: string, body?: unknown, headers?: Record<string, string>) =>
    call('POST', path, { body, headers });
  return {
    ...{ redis, policy, redisUrl, lines, call, post },
    url: server.url,
    port: server.port,
    get: (path, headers) => call('GET', path, { headers }),
    async submit(submission, headers) {
      const answer = await post('/v1/jobs', submission, headers);
      if (answer.status !== 202) throw new Error(`not accepted: ${answer.text}`);
      return answer.json as Job;
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
): Promise<Answer> {
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

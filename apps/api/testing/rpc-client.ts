import type { JobEvent } from '@leeway/contract';
import { waitUntil } from '@leeway/testkit';
import { WebSocket, type ClientOptions } from 'ws';

export interface RpcAnswer {
  id?: unknown;
  result?: any;
  error?: { code: number; message: string; data: any };
}

/** A real WebSocket client that speaks JSON-RPC, and keeps everything that it hears. */
export interface RpcClient {
  readonly socket: WebSocket;
  /** Everything that was said, in order. */
  readonly heard: any[];
  readonly closed: Promise<{ code: number; reason: string }>;
  /** The answer to one call. */
  call(method: string, params?: object): Promise<RpcAnswer>;
  /** What a call gave; fails when it was refused. */
  result(method: string, params?: object): Promise<any>;
  /** Sends bytes or text as they are and gives the next message that comes. */
  say(message: string | Buffer): Promise<any>;
  /** The events of a subscription so far. */
  events(subscription: string): JobEvent[];
  /** The word that a subscription has ended. */
  ended(subscription: string): Promise<{ reason: string; lastEventId: string | null }>;
  close(): Promise<void>;
}

export async function connectRpc(port: number, options: ClientOptions = {}): Promise<RpcClient> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/ws`, options);
  const heard: any[] = [];
  socket.on('message', (data) => heard.push(JSON.parse(String(data))));
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() })),
  );
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
    socket.once('unexpected-response', (_request, response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => reject(new Refused(response.statusCode ?? 0, text)));
    });
  });
  socket.on('error', () => {});
  let last = 0;
  const hear = (what: string, is: (message: any) => boolean) =>
    waitUntil(() => heard.find(is), { what, timeoutMs: 20_000 });
  const call = (method: string, params?: object) => {
    const id = `c${(last += 1)}`;
    socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, ...(params && { params }) }));
    return hear(`an answer to ${method}`, (message) => message.id === id) as Promise<RpcAnswer>;
  };
  return {
    socket,
    heard,
    closed,
    call,
    async result(method, params) {
      const { result, error } = await call(method, params);
      if (error !== undefined) throw new Error(`${method} was refused: ${JSON.stringify(error)}`);
      return result;
    },
    async say(message) {
      const before = heard.length;
      socket.send(message);
      await waitUntil(() => heard.length > before, { what: 'an answer' });
      return heard[before];
    },
    events: (subscription) =>
      heard.flatMap(({ method, params }) =>
        method === 'jobs.event' && params.subscription === subscription ? [params.event as JobEvent] : [],
      ),
    async ended(subscription) {
      const message = await hear(
        `the end of ${subscription}`,
        ({ method, params }) => method === 'jobs.ended' && params.subscription === subscription,
      );
      return message.params;
    },
    async close() {
      socket.close();
      await closed;
    },
  };
}

/** The server did not make a WebSocket of it. */
export class Refused extends Error {
  readonly json: any;
  constructor(
    readonly status: number,
    text: string,
  ) {
    super(`${status} ${text}`);
    this.json = JSON.parse(text);
  }
}

import type { JobEvent } from '@leeway/contract';
import { waitUntil } from '@leeway/testkit';
import { WebSocket, type ClientOptions } from 'ws';

export interface RpcReply {
  id?: unknown;
  result?: any;
  error?: { code: number; message: string; data: any };
}

/** A WebSocket client that speaks JSON-RPC and keeps all messages. */
export interface RpcClient {
  readonly socket: WebSocket;
  /** All messages of the server, in order. */
  readonly received: any[];
  readonly closed: Promise<{ code: number; reason: string }>;
  /** The response to one call. */
  call(method: string, params?: object): Promise<RpcReply>;
  /** The result of one call; fails when it was refused. */
  result(method: string, params?: object): Promise<any>;
  /** Sends bytes or text unchanged and waits for the next message. */
  exchange(message: string | Buffer): Promise<any>;
  /** The events of a subscription so far. */
  events(subscription: string): JobEvent[];
  /** Waits for the notification that a subscription has ended. */
  ended(subscription: string): Promise<{ reason: string; lastEventId: string | null }>;
  close(): Promise<void>;
}

const MESSAGE_WITHIN_MS = 20_000;

/** Throws {@link HandshakeRefused} with the response of a server that does not open a WebSocket. */
export async function connectRpc(port: number, options: ClientOptions = {}): Promise<RpcClient> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/ws`, options);
  const received: any[] = [];
  socket.on('message', (data) => received.push(JSON.parse(String(data))));
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() })),
  );
  await opened(socket);
  socket.on('error', () => {});
  let last = 0;
  const waitForMessage = (what: string, matches: (message: any) => boolean) =>
    waitUntil(() => received.find(matches), { what, timeoutMs: MESSAGE_WITHIN_MS });
  const call = (method: string, params?: object) => {
    const id = `c${(last += 1)}`;
    socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, ...(params && { params }) }));
    return waitForMessage(`a response to ${method}`, (message) => message.id === id) as Promise<RpcReply>;
  };
  return {
    ...{ socket, received, closed, call },
    async result(method, params) {
      const { result, error } = await call(method, params);
      if (error !== undefined) throw new Error(`${method} was refused: ${JSON.stringify(error)}`);
      return result;
    },
    async exchange(message) {
      const before = received.length;
      socket.send(message);
      await waitUntil(() => received.length > before, { what: 'a response' });
      return received[before];
    },
    events: (subscription) =>
      received.flatMap(({ method, params }) =>
        method === 'jobs.event' && params.subscription === subscription ? [params.event as JobEvent] : [],
      ),
    async ended(subscription) {
      const message = await waitForMessage(
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

function opened(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
    socket.once('unexpected-response', (_request, response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => reject(new HandshakeRefused(response.statusCode ?? 0, text)));
    });
  });
}

export class HandshakeRefused extends Error {
  readonly json: any;
  constructor(
    readonly status: number,
    text: string,
  ) {
    super(`${status} ${text}`);
    this.json = JSON.parse(text);
  }
}

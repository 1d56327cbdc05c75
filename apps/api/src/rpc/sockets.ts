import type { IncomingMessage, ServerResponse } from 'node:http';
import { LeewayError, type Policy } from '@leeway/contract';
import { takeConnection, type Part, type PeriodicTask } from '@leeway/runtime';
import { WebSocketServer, type WebSocket } from 'ws';
import { Connection, type ConnectionOptions } from './connection.js';

const KEY = /^[+/0-9A-Za-z]{22}==$/;
const VERSION = '13';

/** The open WebSockets of this process: how many there may be, whether they live, and how they end when the server stops. */
export class Sockets implements Part {
  readonly name = 'web sockets';
  /** Asks every peer whether it is there. */
  readonly beat: PeriodicTask;
  private readonly open = new Set<Connection>();
  private readonly protocol: WebSocketServer;
  private stopped: AbortSignal | undefined;

  constructor(private readonly policy: Policy) {
    this.protocol = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      // Compressed messages unfold to many times the size that they are bounded by, and cost memory for each socket.
      perMessageDeflate: false,
    });
    this.beat = {
      name: 'web socket pings',
      everyMs: policy.api.keepAliveMs,
      run: () => {
        for (const connection of this.open) connection.beat();
        return Promise.resolve(this.open.size);
      },
    };
  }

  get count(): number {
    return this.open.size;
  }

  /**
   * Makes a WebSocket of the connection of a request that has passed all checks. Throws LeewayError `upgrade_required` for
   * one that does not ask for it, `rate_limited` when too many are open.
   */
  accept(request: IncomingMessage, response: ServerResponse, options: ConnectionOptions): void {
    const { maxSockets, retryAfterS } = this.policy.api;
    if (this.open.size >= maxSockets) {
      const message = `${maxSockets} WebSockets are open, which is all the policy allows.`;
      throw new LeewayError('rate_limited', message, { retryAfterS });
    }
    const connection = isHandshake(request) ? takeConnection(response) : undefined;
    if (connection === undefined)
      throw new LeewayError('upgrade_required', `Expected the handshake of a WebSocket, version ${VERSION}.`);
    response.statusCode = 101;
    // Read here, because a new policy may say something else.
    this.protocol.options.maxPayload = this.policy.limits.maxPayloadBytes;
    this.protocol.handleUpgrade(request, connection, Buffer.alloc(0), (socket) => this.add(socket, options));
  }

  /** Resolves when all are closed. */
  async stop(signal: AbortSignal): Promise<void> {
    this.stopped = signal;
    await Promise.all([...this.open].map((connection) => connection.finish(signal)));
  }

  private add(socket: WebSocket, options: ConnectionOptions): void {
    const connection = new Connection(socket, options);
    this.open.add(connection);
    void connection.closed.then(() => this.open.delete(connection));
    if (this.stopped !== undefined) void connection.finish(this.stopped);
  }
}

/** Whether a request asks for a WebSocket at all; where it may be had is the router's to say. */
export function asksForSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

function isHandshake(request: IncomingMessage): boolean {
  const { headers, method } = request;
  const key = headers['sec-websocket-key'];
  return (
    method === 'GET' &&
    asksForSocket(request) &&
    headers['sec-websocket-version'] === VERSION &&
    key !== undefined &&
    KEY.test(key)
  );
}

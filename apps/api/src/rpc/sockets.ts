import type { IncomingMessage, ServerResponse } from 'node:http';
import { RETRY_AFTER_S, type ApiBounds } from '../calls/bounds.js';
import { LeewayError, type Policy } from '@leeway/contract';
import { takeConnection, type Part, type PeriodicTask } from '@leeway/runtime';
import { WebSocketServer, type WebSocket } from 'ws';
import type { SocketPeer, SocketServer } from '../calls/services.js';

const KEY = /^[+/0-9A-Za-z]{22}==$/;
const VERSION = '13';

/** The open WebSockets of this process: how many may be open, whether their peers live, and how they end when it stops. */
export class Sockets implements SocketServer, Part {
  readonly name = 'web sockets';
  readonly pings: PeriodicTask;
  private readonly open = new Set<SocketPeer>();
  private readonly protocol: WebSocketServer;
  private stopped: AbortSignal | undefined;

  constructor(
    private readonly policy: Policy,
    private readonly bounds: Pick<ApiBounds, 'maxSockets'>,
  ) {
    this.protocol = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      // A compressed message expands to many times the size limit, and costs memory for each socket.
      perMessageDeflate: false,
    });
    this.pings = {
      name: 'web socket pings',
      everyMs: policy.api.keepAliveMs,
      run: () => {
        for (const peer of this.open) peer.ping();
        return Promise.resolve(this.open.size);
      },
    };
  }

  get count(): number {
    return this.open.size;
  }

  accept(request: IncomingMessage, response: ServerResponse, open: (socket: WebSocket) => SocketPeer): void {
    const { maxSockets } = this.bounds;
    if (this.open.size >= maxSockets) {
      const message = `${maxSockets} WebSockets are open, the most of one process.`;
      throw new LeewayError('rate_limited', message, { retryAfterS: RETRY_AFTER_S });
    }
    const connection = isHandshake(request) ? takeConnection(response) : undefined;
    if (connection === undefined)
      throw new LeewayError('upgrade_required', `Expected the handshake of a WebSocket, version ${VERSION}.`);
    response.statusCode = 101;
    // Read here, because the policy may have been reloaded.
    this.protocol.options.maxPayload = this.policy.limits.maxPayloadBytes;
    this.protocol.handleUpgrade(request, connection, Buffer.alloc(0), (socket) => this.add(open(socket)));
  }

  /** Resolves when all are closed. */
  async stop(signal: AbortSignal): Promise<void> {
    this.stopped = signal;
    await Promise.all([...this.open].map((peer) => peer.finish(signal)));
  }

  private add(peer: SocketPeer): void {
    this.open.add(peer);
    void peer.closed.then(() => this.open.delete(peer));
    if (this.stopped !== undefined) void peer.finish(this.stopped);
  }
}

/** Whether a request asks for a WebSocket at all; the router decides where one is available. */
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

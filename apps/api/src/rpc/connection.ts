import type { WebSocket } from 'ws';
import { MAX_DEPTH } from '../calls/bounds.js';
import type { SocketPeer } from '../calls/services.js';
import { RpcCalls, type CallsOptions } from './rpc-calls.js';
import { RpcSession } from './rpc-session.js';
import { SendBuffer } from './send-buffer.js';

/** Why this side closes a connection (RFC 6455, 7.4). */
const STOPPING = { code: 1001, reason: 'the server is stopping' };
const NOT_TEXT = { code: 1003, reason: 'messages are text' };
const TOO_SLOW = { code: 1008, reason: 'replies are not read' };
/** A peer that does not confirm the close within this time is cut off. */
const CLOSE_MS = 1_000;

export interface ConnectionOptions extends Omit<CallsOptions, 'buffer'> {
  /** Id of the request that opened the connection. */
  requestId: string;
}

/** One socket: messages in, replies and events out, until one side closes it. */
export class Connection implements SocketPeer {
  readonly closed: Promise<void>;
  private readonly buffer: SendBuffer;
  private readonly calls: RpcCalls;
  private readonly session: RpcSession;
  private receivedSincePing = true;
  private closing = false;

  constructor(
    private readonly socket: WebSocket,
    options: ConnectionOptions,
  ) {
    const { requestId, services } = options;
    const { maxSocketBytes, maxSocketCalls: maxBatch } = services.bounds;
    const buffer = new SendBuffer(socket, { maxWaitingBytes: maxSocketBytes, onSlow: () => this.close(TOO_SLOW) });
    this.buffer = buffer;
    this.calls = new RpcCalls({ ...options, buffer });
    this.session = new RpcSession({
      calls: this.calls,
      buffer,
      log: services.log,
      requestId,
      maxBatch,
      maxDepth: MAX_DEPTH,
    });
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('close', () => this.calls.end());
    // The library answers an invalid frame with a close frame.
    socket.on('error', () => {});
    socket.on('pong', () => void (this.receivedSincePing = true));
    socket.on('ping', () => void (this.receivedSincePing = true));
    socket.on('message', (data, isBinary) => {
      this.receivedSincePing = true;
      if (this.closing) return;
      if (isBinary) return this.close(NOT_TEXT);
      void this.session.receive((data as Buffer).toString());
    });
  }

  ping(): void {
    const alive = this.buffer.hasMoved() || this.receivedSincePing;
    this.receivedSincePing = false;
    if (alive) this.socket.ping();
    else this.socket.terminate();
  }

  async finish(signal: AbortSignal): Promise<void> {
    this.closing = true;
    const cut = () => this.socket.terminate();
    if (signal.aborted) cut();
    else signal.addEventListener('abort', cut, { once: true });
    await Promise.race([this.session.settled(), this.closed]);
    this.close(STOPPING);
    await this.closed;
    signal.removeEventListener('abort', cut);
  }

  private close({ code, reason }: { code: number; reason: string }): void {
    this.closing = true;
    this.calls.end();
    this.socket.close(code, reason);
    const timer = setTimeout(() => this.socket.terminate(), CLOSE_MS);
    void this.closed.then(() => clearTimeout(timer));
  }
}

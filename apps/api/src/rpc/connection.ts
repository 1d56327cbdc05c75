import type { WebSocket } from 'ws';
import { SendBuffer } from './send-buffer.js';
import { RpcCalls, type CallsOptions } from './rpc-calls.js';
import { RpcSession } from './rpc-session.js';

/** Why a connection is closed by this side (RFC 6455, 7.4). */
const STOPPING = { code: 1001, reason: 'the server is stopping' };
const NOT_TEXT = { code: 1003, reason: 'messages are text' };
const TOO_SLOW = { code: 1008, reason: 'answers are not read' };
/** A peer that does not confirm its close within this time is cut off. */
const CLOSE_MS = 1_000;

export interface ConnectionOptions extends Omit<CallsOptions, 'out'> {
  /** Of the request that opened it. */
  requestId: string;
}

/** One socket: messages in, answers and events out, until one side has had enough. */
export class Connection {
  readonly closed: Promise<void>;
  private readonly out: SendBuffer;
  private readonly calls: RpcCalls;
  private readonly session: RpcSession;
  private heard = true;
  private closing = false;

  constructor(
    private readonly socket: WebSocket,
    options: ConnectionOptions,
  ) {
    const { requestId, services } = options;
    const { maxSocketBytes, maxSocketCalls: maxBatch, maxDepth } = services.policy.api;
    const out = new SendBuffer(socket, { maxWaitingBytes: maxSocketBytes, onSlow: () => this.close(TOO_SLOW) });
    this.out = out;
    this.calls = new RpcCalls({ ...options, out });
    this.session = new RpcSession({ calls: this.calls, out, log: services.log, requestId, maxBatch, maxDepth });
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('close', () => this.calls.end());
    // What is wrong with a frame is answered with a close frame by the library.
    socket.on('error', () => {});
    socket.on('pong', () => void (this.heard = true));
    socket.on('ping', () => void (this.heard = true));
    socket.on('message', (data, isBinary) => {
      this.heard = true;
      if (this.closing) return;
      if (isBinary) return this.close(NOT_TEXT);
      void this.session.receive((data as Buffer).toString());
    });
  }

  /** To be called once in a while: ends a peer that has not been heard of since the last time, and asks again. */
  beat(): void {
    const alive = this.out.hasMoved() || this.heard;
    this.heard = false;
    if (alive) this.socket.ping();
    else this.socket.terminate();
  }

  /** Takes no more messages, lets calls under way have their answer, and closes. The signal cuts that short. */
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

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ApiBounds } from './bounds.js';
import type { Policy } from '@leeway/contract';
import type { JobQueue } from '@leeway/queue';
import type { CachedValue, Clock, KeyRing, LivePolicy, Log } from '@leeway/runtime';
import type { WebSocket } from 'ws';
import type { ApiMetrics } from '../metrics/api-metrics.js';
import type { Quotes } from '../quotes/quotes.js';
import type { OpenRequests } from './open-requests.js';

/** One open WebSocket, to the server that owns it. */
export interface SocketPeer {
  readonly closed: Promise<void>;
  /** Called at every ping interval: pings the peer, and cuts it off when it was silent since the last ping. */
  ping(): void;
  /** Takes no more messages, lets running calls reply, and closes. The signal cuts that short. */
  finish(signal: AbortSignal): Promise<void>;
}

/** The WebSockets of this process. */
export interface SocketServer {
  /**
   * Upgrades the connection of a request that has passed all checks; `open` serves the socket. Throws LeewayError
   * `upgrade_required` for a request without a handshake, `rate_limited` when too many sockets are open.
   */
  accept(request: IncomingMessage, response: ServerResponse, open: (socket: WebSocket) => SocketPeer): void;
}

/** What routes work with. */
export interface Services {
  readonly queue: JobQueue;
  /** Changes in place when its file does. */
  readonly policy: Policy;
  readonly bounds: ApiBounds;
  readonly livePolicy: Pick<LivePolicy, 'waits' | 'refused'>;
  /** Null: no keys are configured, and every call may do everything. */
  readonly keys: KeyRing | null;
  /** Kinds that workers can run. */
  readonly kinds: CachedValue<string[]>;
  readonly quotes: Quotes;
  readonly open: OpenRequests;
  readonly sockets: SocketServer;
  readonly metrics: ApiMetrics;
  readonly clock: Clock;
  readonly log: Log;
  /** Version of the product. */
  readonly version: string;
}

import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** One TCP connection as the server saw it. Times are milliseconds of `performance.now()`. */
export interface LoggedConnection {
  readonly openedAt: number;
  /** Null while it is open. */
  closedAt: number | null;
  /** Requests that came over it. */
  requests: number;
}

/** Every connection a server has had, so that tests can tell when a client let go of one. */
export interface ConnectionLog {
  readonly all: readonly LoggedConnection[];
  open(): number;
  /** Cuts all of them. */
  destroyAll(): void;
}

export function logConnections(server: Server): ConnectionLog {
  const all: LoggedConnection[] = [];
  const open = new Map<Socket, LoggedConnection>();
  server.on('connection', (socket: Socket) => {
    const entry: LoggedConnection = { openedAt: performance.now(), closedAt: null, requests: 0 };
    all.push(entry);
    open.set(socket, entry);
    // A client that resets its connection is what many tests are about; without a listener it would end the process.
    socket.on('error', () => {});
    socket.once('close', () => {
      entry.closedAt = performance.now();
      open.delete(socket);
    });
  });
  server.on('request', (request) => {
    const entry = open.get(request.socket);
    if (entry !== undefined) entry.requests += 1;
  });
  return {
    all,
    open: () => open.size,
    destroyAll: () => {
      for (const socket of open.keys()) socket.destroy();
    },
  };
}

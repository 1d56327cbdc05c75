import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** One TCP connection to the server. Times are milliseconds of `performance.now()`. */
export interface LoggedConnection {
  readonly openedAt: number;
  /** Null while it is open. */
  closedAt: number | null;
  /** Number of requests received on it. */
  requests: number;
}

/** All connections of a server, for tests of when a client closes one. */
export interface ConnectionLog {
  readonly all: readonly LoggedConnection[];
  /** Number of open connections. */
  open(): number;
  /** Closes all connections. */
  destroyAll(): void;
}

export function logConnections(server: Server): ConnectionLog {
  const all: LoggedConnection[] = [];
  const open = new Map<Socket, LoggedConnection>();
  server.on('connection', (socket: Socket) => {
    const entry: LoggedConnection = { openedAt: performance.now(), closedAt: null, requests: 0 };
    all.push(entry);
    open.set(socket, entry);
    // Many tests reset a connection; without a listener its error would end the process.
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

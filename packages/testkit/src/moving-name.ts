import { once } from 'node:events';
import { createServer, connect, type Socket } from 'node:net';

/** What a name in the DNS is to the clients of a managed Redis: it leads to the master, and to another one after a failover. */
export interface MovingName {
  readonly url: string;
  readonly socketPath: string;
  /** New connections lead there; those that are open stay where they are. */
  moveTo(target: string): void;
  close(): void;
}

/** Listens on the unix socket `socketPath`, and leads to the one at `first`. */
export async function startMovingName(socketPath: string, first: string): Promise<MovingName> {
  let target = first;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(target);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        for (const end of [client, upstream]) end.destroy();
      });
    }
    client.pipe(upstream).pipe(client);
  });
  server.listen(socketPath);
  await once(server, 'listening');
  return {
    url: `unix://${socketPath}`,
    socketPath,
    moveTo: (other) => void (target = other),
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

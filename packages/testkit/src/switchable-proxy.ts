import { once } from 'node:events';
import { createServer, connect, type Socket } from 'node:net';

/** An address whose target can be switched, as the DNS name of a managed Redis is switched to another master at a failover. */
export interface SwitchableProxy {
  readonly url: string;
  readonly socketPath: string;
  /** The target of new connections; open ones keep theirs. */
  switchTo(target: string): void;
  close(): void;
}

/** Listens on the unix socket `socketPath` and forwards to the one at `first`. */
export async function startSwitchableProxy(socketPath: string, first: string): Promise<SwitchableProxy> {
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
    switchTo: (other) => void (target = other),
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

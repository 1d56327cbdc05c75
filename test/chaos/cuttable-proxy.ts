import { createServer, connect, type Server, type Socket } from 'node:net';
import type { CutKind } from './nemesis-plan.js';

/** A unix socket in front of another one, whose connections can be cut as networks cut them. */
export interface CuttableProxy {
  readonly url: string;
  /** Cuts all connections in this way, those that are open and those that are made, until `heal`. */
  cut(how: CutKind): void;
  /** Held connections carry on where they were; half open ones stay dead; new ones work. */
  heal(): void;
  close(): Promise<void>;
}

/** Listens on `path` and forwards to the socket at `target`. */
export async function startProxy(path: string, target: string): Promise<CuttableProxy> {
  const pairs = new Set<Pair>();
  let mode: CutKind | 'open' = 'open';
  const listener = createServer((client) => {
    if (mode === 'reset') return void client.destroy();
    const pair = new Pair(client, connect(target), () => pairs.delete(pair));
    pairs.add(pair);
    if (mode !== 'open') pair.cut(mode);
  });
  await listening(listener, path);
  return {
    url: `unix://${path}`,
    cut(how) {
      mode = how;
      for (const pair of pairs) pair.cut(how);
    },
    heal() {
      mode = 'open';
      for (const pair of pairs) pair.heal();
    },
    close() {
      for (const pair of pairs) pair.destroy();
      return new Promise((resolve) => listener.close(() => resolve()));
    },
  };
}

/** One connection: the worker's side and the side of Redis. */
class Pair {
  private state: 'joined' | 'held' | 'dead' = 'joined';

  constructor(
    private readonly client: Socket,
    private readonly server: Socket,
    private readonly onGone: () => void,
  ) {
    for (const end of [client, server]) {
      end.on('error', () => end.destroy());
      end.on('close', () => this.closed(end));
    }
    this.join();
  }

  cut(how: CutKind): void {
    if (this.state === 'dead') return;
    if (how === 'reset') return this.destroy();
    // Unpiped, a socket keeps what has arrived and reads no more: the sender's buffers fill, as in a partition.
    for (const end of [this.client, this.server]) end.unpipe();
    this.state = how === 'hold' ? 'held' : 'dead';
    if (how === 'hold') return;
    // Both sides are read and dropped: neither learns that the other one receives nothing any more.
    for (const end of [this.client, this.server]) end.on('data', () => undefined).resume();
  }

  heal(): void {
    if (this.state !== 'held') return;
    this.state = 'joined';
    this.join();
  }

  destroy(): void {
    for (const end of [this.client, this.server]) end.destroy();
  }

  private join(): void {
    this.client.pipe(this.server);
    this.server.pipe(this.client);
  }

  /** The end of one side ends the other, unless nothing gets through any more. */
  private closed(end: Socket): void {
    const other = end === this.client ? this.server : this.client;
    if (this.state !== 'dead') other.destroy();
    if (other.destroyed) this.onGone();
  }
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
}

import { createServer, connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis, waitUntil, type PrivateRedis } from '@leeway/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openRedis } from './connection.js';
import { watchConnection } from './connection-watch.js';

let redis: PrivateRedis;
let folder: string;
let proxy: SwallowingProxy;
beforeEach(async () => {
  redis = await startRedis();
  folder = mkdtempSync(join(tmpdir(), 'leeway-proxy-'));
  proxy = await startSwallowingProxy(join(folder, 'proxy.sock'), redis.socketPath);
});
afterEach(async () => {
  proxy.close();
  await redis.stop();
  rmSync(folder, { recursive: true });
});

interface SwallowingProxy {
  url: string;
  /** Every connection, and every new one until `heal`, carries nothing any more. */
  swallow(): void;
  heal(): void;
  close(): void;
}

async function startSwallowingProxy(path: string, target: string): Promise<SwallowingProxy> {
  const dead = new Set<Socket>();
  const sockets: Socket[] = [];
  let swallowsNew = false;
  const server = createServer((client) => {
    const upstream = connect(target);
    sockets.push(client, upstream);
    if (swallowsNew) dead.add(client);
    for (const socket of [client, upstream]) socket.on('error', () => undefined);
    client.on('data', (bytes) => dead.has(client) || upstream.write(bytes));
    upstream.on('data', (bytes) => dead.has(client) || client.write(bytes));
  });
  server.listen(path);
  await once(server, 'listening');
  return {
    url: `unix://${path}`,
    swallow() {
      swallowsNew = true;
      for (const socket of sockets) dead.add(socket);
    },
    heal: () => void (swallowsNew = false),
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

function watched(): { connection: ReturnType<typeof openRedis>; stop: () => void } {
  const connection = openRedis({ url: proxy.url, name: 'watched', patience: 'work' });
  connection.on('error', () => undefined);
  const unwatch = watchConnection(connection);
  return {
    connection,
    stop() {
      unwatch();
      connection.disconnect();
    },
  };
}

it('a half-open connection is replaced, and commands under way are sent again', async () => {
  const { connection, stop } = watched();
  try {
    await connection.set('a', '1');
    proxy.swallow();
    proxy.heal();
    // This command never reaches Redis over the old connection.
    expect(await connection.get('a')).toBe('1');
    await waitUntil(() => connection.status === 'ready', { what: 'the new connection' });
  } finally {
    stop();
  }
});

it('a connection that was half open from the start is replaced', async () => {
  proxy.swallow();
  const { connection, stop } = watched();
  try {
    const reply = connection.set('a', '1');
    await waitUntil(() => connection.status === 'connect', { what: 'a connection without replies' });
    proxy.heal();
    expect(await reply).toBe('OK');
  } finally {
    stop();
  }
});

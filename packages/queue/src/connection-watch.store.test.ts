import { createServer, connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis, waitUntil } from '@leeway/testkit';
import { expect, it } from 'vitest';
import { openRedis } from './connection.js';
import { watchConnection } from './connection-watch.js';

it('makes a connection anew that is open and carries nothing, and sends again what was under way', async () => {
  const redis = await startRedis();
  const folder = mkdtempSync(join(tmpdir(), 'leeway-proxy-'));
  const socketPath = join(folder, 'proxy.sock');
  const swallowing = new Set<Socket>();
  const pairs: Socket[] = [];
  const proxy = createServer((client) => {
    const server = connect(redis.socketPath);
    pairs.push(client, server);
    for (const socket of [client, server]) socket.on('error', () => undefined);
    client.on('data', (bytes) => swallowing.has(client) || server.write(bytes));
    server.on('data', (bytes) => swallowing.has(client) || client.write(bytes));
  });
  proxy.listen(socketPath);
  await once(proxy, 'listening');
  const connection = openRedis({ url: `unix://${socketPath}`, name: 'watched', patience: 'work' });
  connection.on('error', () => undefined);
  const stop = watchConnection(connection);
  try {
    await connection.set('a', '1');
    for (const socket of pairs) swallowing.add(socket);
    // Redis never hears of this one over the old connection.
    const answer = connection.get('a');
    expect(await answer).toBe('1');
    await waitUntil(() => connection.status === 'ready', { what: 'the new connection' });
  } finally {
    stop();
    connection.disconnect();
    for (const socket of pairs) socket.destroy();
    proxy.close();
    await redis.stop();
    rmSync(folder, { recursive: true });
  }
});

import { join } from 'node:path';
import { startSwitchableProxy, startRedis, waitUntil, type SwitchableProxy, type PrivateRedis } from '@leeway/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openRedis, type RedisConnection } from './connection.js';

let old: PrivateRedis;
let next: PrivateRedis;
let name: SwitchableProxy;
let operator: RedisConnection;
beforeEach(async () => {
  [old, next] = await Promise.all([startRedis(), startRedis()]);
  name = await startSwitchableProxy(join(old.folder, 'name.sock'), old.socketPath);
  operator = openRedis({ url: old.url, name: 'operator', patience: 'work' });
});
afterEach(async () => {
  operator.disconnect();
  name.close();
  await Promise.all([old.stop(), next.stop()]);
});

it.each(['request', 'work'] as const)(
  'a connection (patience: %s) leaves a master that has become a replica, and finds the new master (F94)',
  async (patience) => {
    const connection = openRedis({ url: name.url, name: 'client', patience });
    connection.on('error', () => undefined);
    try {
      await waitUntil(() => connection.set('before', '1').then(Boolean), { what: 'the first write' });
      name.switchTo(next.socketPath);
      await operator.replicaof('127.0.0.1', '1');
      const writes = () => connection.set('after', '1').then(Boolean);
      await waitUntil(writes, { what: 'a write to be accepted again', timeoutMs: 10_000 });
      expect(await connection.get('before')).toBeNull();
    } finally {
      connection.disconnect();
    }
  },
);

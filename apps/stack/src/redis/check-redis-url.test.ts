import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkRedisUrl } from './check-redis-url.js';

let server: Server;
let port: number;
beforeEach(async () => {
  server = createServer((socket) => socket.on('error', () => {}));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});
afterEach(() => server.close());

describe('a REDIS_URL', () => {
  it('is accepted when a server listens there', async () => {
    await checkRedisUrl(`redis://user:secret@127.0.0.1:${port}/2`);
  });

  it('with several addresses is accepted when a server listens at one of them', async () => {
    await checkRedisUrl(`redis://127.0.0.1:1, redis://127.0.0.1:${port}`);
  });

  it('where no server listens is refused with address and reason, without the password', async () => {
    const checking = checkRedisUrl('redis://:secret@127.0.0.1:1');
    await expect(checking).rejects.toThrow(/redis:\/\/127\.0\.0\.1:1: ECONNREFUSED/);
    await expect(checking).rejects.not.toThrow('secret');
  });

  it('with a socket that does not exist is refused', async () => {
    await expect(checkRedisUrl('unix:///nowhere/redis.sock')).rejects.toThrow('unix:///nowhere/redis.sock: ENOENT');
  });
});

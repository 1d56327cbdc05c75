import { startRedis, type PrivateRedis } from '@leeway/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRedis, type RedisConnection } from './connection.js';
import { PREFIX } from './keys.js';
import { buildLibrary, defineScripts, readScript } from './scripts.js';

let server: PrivateRedis;
let redis: RedisConnection;
beforeEach(async () => {
  server = await startRedis();
  redis = openRedis({ url: server.url, name: 'scripts', patience: 'work' });
});
afterEach(async () => {
  redis.disconnect();
  await server.stop();
});

describe('the function library', () => {
  it('is loaded by the first call, and again after a Redis has lost it', async () => {
    const run = defineScripts(redis);
    expect(await run('ack-sync', 'nobody', 1)).toBe(0);
    await redis.function('FLUSH');
    expect(await Promise.all([run('ack-sync', 'nobody', 1), run('ack-sync', 'nobody', 2)])).toEqual([0, 0]);
  });

  it('of one version works beside that of another', async () => {
    const other = buildLibrary((path) =>
      path === 'outbox/ack-sync' ? `${readScript(path)}\n-- another version` : readScript(path),
    );
    const [old, young] = [defineScripts(redis), defineScripts(redis, other)];
    expect(await Promise.all([old('ack-sync', 'nobody', 1), young('ack-sync', 'nobody', 1)])).toEqual([0, 0]);
    expect(((await redis.function('LIST')) as unknown[]).length).toBe(2);
  });
});

describe('calls that go together', () => {
  it('each have an effect and a reply of their own, also when one between them fails', async () => {
    const run = defineScripts(redis);
    await redis.zadd(`${PREFIX}:outbox`, 1, 'job-1', 2, 'job-2');
    await redis.set(`${PREFIX}:job:broken`, 'not a hash');
    const results = await Promise.allSettled([
      run('ack-sync', 'job-1', 1),
      run('mark-lost', 'broken', 1, 0, 3, 100, 1_000),
      run('ack-sync', 'job-2', 2),
    ]);
    expect(results).toMatchObject([
      { status: 'fulfilled', value: 1 },
      { status: 'rejected', reason: { message: expect.stringContaining('WRONGTYPE') as string } },
      { status: 'fulfilled', value: 1 },
    ]);
    expect(await redis.zcard(`${PREFIX}:outbox`)).toBe(0);
  });
});

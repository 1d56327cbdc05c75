import { freePorts, startRedis, waitUntil, type PrivateRedis } from '@leeway/testkit';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRedis, type RedisConnection } from './connection.js';
import { PREFIX } from './keys.js';
import { deleteUnusedLibraries, loadLibrary, noteLibraryUse, UNUSED_MS, USED_KEY } from './loaded-libraries.js';
import { buildLibrary, productLibrary, readScript } from './script-library.js';
import { defineScripts } from './scripts.js';

let server: PrivateRedis;
let redis: RedisConnection;
beforeEach(async () => {
  server = await startRedis();
  redis = openRedis({ url: server.url, name: 'scripts', patience: 'work' });
  redis.on('error', () => undefined);
});
afterEach(async () => {
  redis.disconnect();
  await server.stop();
});

const product = productLibrary();
const otherVersion = buildLibrary((path) =>
  path === 'outbox/ack-sync' ? `${readScript(path)}\n-- another version` : readScript(path),
);

const libraryNames = async (on: Pick<Redis, 'function'>) =>
  ((await on.function('LIST')) as string[][])
    .map((fields) => fields[fields.indexOf('library_name') + 1] ?? '')
    .toSorted();

describe('the library of scripts', () => {
  it('is loaded by the first call, and again after a Redis has lost its functions', async () => {
    const run = defineScripts(redis);
    expect(await run('ack-sync', 'nobody', 1)).toBe(0);
    await redis.function('FLUSH');
    expect(await Promise.all([run('ack-sync', 'nobody', 1), run('ack-sync', 'nobody', 2)])).toEqual([0, 0]);
  });

  it('is loaded again by the same connection after its Redis came back empty', async () => {
    const run = defineScripts(redis);
    expect(await run('ack-sync', 'nobody', 1)).toBe(0);
    await server.restart();
    expect(await run('ack-sync', 'nobody', 1)).toBe(0);
    expect(await libraryNames(redis)).toEqual([product.name]);
  });

  it('of one version works beside that of another', async () => {
    const [old, young] = [defineScripts(redis, otherVersion), defineScripts(redis)];
    expect(await Promise.all([old('ack-sync', 'nobody', 1), young('ack-sync', 'nobody', 1)])).toEqual([0, 0]);
    expect(await libraryNames(redis)).toEqual([otherVersion.name, product.name].toSorted());
  });

  it('is loaded on every master of a cluster', { timeout: 20_000 }, async () => {
    const ports = await freePorts(2);
    const args = ['--cluster-enabled', 'yes'];
    const servers = await Promise.all(ports.map((port) => startRedis({ port, args })));
    const nodes = ports.map((port) => new Redis(port));
    const cluster = openRedis({
      url: ports.map((port) => `redis://127.0.0.1:${port}`).join(),
      name: 'x',
      patience: 'work',
    });
    try {
      await nodes[0]?.call('CLUSTER', 'ADDSLOTSRANGE', 0, 8_000);
      await nodes[1]?.call('CLUSTER', 'ADDSLOTSRANGE', 8_001, 16_383);
      await nodes[0]?.call('CLUSTER', 'MEET', '127.0.0.1', ports[1] as number);
      const isUp = async () =>
        (await Promise.all(nodes.map((node) => node.cluster('INFO')))).every((info) =>
          info.includes('cluster_state:ok'),
        );
      await waitUntil(isUp, { what: 'the cluster to form' });
      expect(await defineScripts(cluster)('ack-sync', 'nobody', 1)).toBe(0);
      for (const node of nodes) expect(await libraryNames(node)).toEqual([product.name]);
      expect(await deleteUnusedLibraries(cluster)).toBe(0);
    } finally {
      cluster.disconnect();
      for (const node of nodes) node.disconnect();
      await Promise.all(servers.map((each) => each.stop()));
    }
  });
});

describe('a library that no worker has noted as in use', () => {
  const notedAgo = async (name: string, ms: number) => {
    const [seconds] = await redis.time();
    await redis.zadd(USED_KEY, Number(seconds) * 1_000 - ms, name);
  };
  beforeEach(async () => {
    await Promise.all([product, otherVersion].map((library) => loadLibrary(redis, library)));
  });

  it('for a day is deleted, and no other', async () => {
    await redis.function('LOAD', '#!lua name=somebody\nredis.register_function("theirs", function() return 1 end)');
    await notedAgo(otherVersion.name, UNUSED_MS + 1_000);
    await notedAgo(product.name, UNUSED_MS + 1_000);
    await noteLibraryUse(redis, product.name);
    expect(await deleteUnusedLibraries(redis)).toBe(1);
    expect(await libraryNames(redis)).toEqual([product.name, 'somebody'].toSorted());
  });

  it('for less than a day stays', async () => {
    await notedAgo(otherVersion.name, UNUSED_MS - 60_000);
    expect(await deleteUnusedLibraries(redis)).toBe(0);
    expect(await libraryNames(redis)).toEqual([otherVersion.name, product.name].toSorted());
  });

  it('is loaded again, and kept for a day, when a process of that version calls it after all', async () => {
    const run = defineScripts(redis, otherVersion);
    await notedAgo(otherVersion.name, UNUSED_MS + 1_000);
    await deleteUnusedLibraries(redis);
    expect(await run('ack-sync', 'nobody', 1)).toBe(0);
    expect(await deleteUnusedLibraries(redis)).toBe(0);
  });

  it('is deleted once when two workers prune at the same time', async () => {
    await notedAgo(otherVersion.name, UNUSED_MS + 1_000);
    await Promise.all([deleteUnusedLibraries(redis), deleteUnusedLibraries(redis)]);
    expect(await libraryNames(redis)).toEqual([product.name]);
  });
});

describe('calls that are sent together', () => {
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

  it('are made one by one when the memory of Redis is full: what frees memory runs, what needs some is refused', async () => {
    const run = defineScripts(redis);
    await redis.zadd(`${PREFIX}:outbox`, 1, 'job-1');
    expect(await run('ack-sync', 'nobody', 1)).toBe(0);
    await redis.config('SET', 'maxmemory', '1mb');
    const results = await Promise.allSettled([run('ack-sync', 'job-1', 1), run('enqueue-sync', 'job-2')]);
    await redis.config('SET', 'maxmemory', '0');
    expect(results).toMatchObject([
      { status: 'fulfilled', value: 1 },
      { status: 'rejected', reason: { message: expect.stringContaining('OOM') as string } },
    ]);
  });
});

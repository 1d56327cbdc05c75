import { systemClock } from '@leeway/runtime';
import { startRedis, waitUntil, type PrivateRedis } from '@leeway/testkit';
import { parsePolicy } from '@leeway/contract';
import { afterEach, describe, expect, it } from 'vitest';
import { JobQueue } from './job-queue.js';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

async function startQueue(redis: PrivateRedis): Promise<{ queue: JobQueue; warnings: string[] }> {
  const warnings: string[] = [];
  const queue = new JobQueue({
    redisUrl: redis.url,
    policy: parsePolicy(),
    clientName: 'test',
    clock: systemClock,
    onWarning: (text) => void warnings.push(text),
  });
  stops.push(() => queue.close());
  await queue.start();
  return { queue, warnings };
}

async function redisWith(args: string[], appendOnly = true): Promise<PrivateRedis> {
  const redis = await startRedis({ args, appendOnly });
  stops.push(() => redis.stop());
  return redis;
}

describe('readiness', () => {
  it('means that a submission would be accepted: not while the memory of Redis is full (F19)', async () => {
    const { queue } = await startQueue(await redisWith([]));
    await queue.ready();
    const full = await startQueue(await redisWith(['--maxmemory', '1']));
    await expect(full.queue.ready()).rejects.toMatchObject({ code: 'store_unavailable' });
  });
});

describe('a Redis that may lose accepted jobs', () => {
  it('causes warnings: no append-only file, keys that may be evicted (G1)', async () => {
    const args = ['--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru'];
    const { warnings } = await startQueue(await redisWith(args, false));
    await waitUntil(() => warnings.length === 2, { what: 'two warnings' });
    expect(warnings[0]).toContain('append-only file of this Redis is off');
    expect(warnings[1]).toContain('allkeys-lru');
  });

  it('causes none when it is configured not to', async () => {
    const { queue, warnings } = await startQueue(await redisWith([]));
    await queue.counts();
    expect(warnings).toEqual([]);
  });
});

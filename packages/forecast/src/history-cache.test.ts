import { setImmediate } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { HistoryCache } from './history-cache.js';

function cacheOver(rings: Record<string, string[]>) {
  let reads = 0;
  let now = 0;
  let isAway = false;
  const reader = {
    read: async (keys: readonly string[]) => {
      if (isAway) throw new Error('Redis is away');
      reads += keys.length;
      await setImmediate();
      return new Map(keys.map((key) => [key, { samples: [...(rings[key] ?? [])] }]));
    },
    runningSince: async () => [
      { sinceMs: 100, worker: 'w1' },
      { sinceMs: 400, worker: 'w2' },
    ],
  };
  const cache = new HistoryCache<string[]>({
    reader,
    build: (samples) => samples,
    maxAgeMs: 1_000,
    nowMs: () => now,
    isYoung: (samples) => samples.length < 3,
    maxEntries: 2,
  });
  const run = { tenant: 't', className: 'c' };
  return {
    cache,
    run,
    refresh: (...keys: string[]) => cache.refresh(keys, run),
    reads: () => reads,
    pass: (ms: number) => (now += ms),
    loseRedis: () => (isAway = true),
  };
}

it('reads a class with few results again after a tenth of a second, so that its deadline follows its results (F40)', async () => {
  const rings = { a: [] as string[] };
  const { cache, refresh, pass } = cacheOver(rings);
  await refresh('a');
  rings.a.push('1', '2', '3');
  pass(101);
  await refresh('a');
  expect(cache.level('a')).toEqual(['1', '2', '3']);
});

it('makes no decision from history that is too old, and reads nothing again before three quarters of that time', async () => {
  const rings = { a: ['1', '2', '3'] };
  const { cache, refresh, reads, pass } = cacheOver(rings);
  await refresh('a');
  pass(750);
  await refresh('a');
  expect(reads()).toBe(1);
  rings.a.unshift('0');
  pass(251);
  await refresh('a');
  expect(cache.level('a')).toEqual(['0', '1', '2', '3']);
  expect(reads()).toBe(2);
});

it('reads history in use again before it is too old, and no decision waits for that', async () => {
  const rings = { a: ['1', '2', '3'] };
  const { cache, run, refresh, reads, pass } = cacheOver(rings);
  await refresh('a');
  const before = cache.versionOf(run);
  rings.a.unshift('0');
  pass(751);
  await refresh('a');
  expect([cache.level('a'), cache.versionOf(run)]).toEqual([['1', '2', '3'], before]);
  await vi.waitFor(() => expect(cache.level('a')).toEqual(['0', '1', '2', '3']));
  expect(cache.versionOf(run)).not.toBe(before);
  expect(reads()).toBe(2);
});

it('fails only the decisions that have to wait for Redis while it is away', async () => {
  const { refresh, pass, loseRedis } = cacheOver({ a: ['1', '2', '3'] });
  await refresh('a');
  loseRedis();
  pass(751);
  await refresh('a');
  pass(250);
  await expect(refresh('a')).rejects.toThrow('Redis is away');
});

it('shares one read among the decisions for a class that come meanwhile', async () => {
  const { refresh, reads } = cacheOver({ a: ['1', '2', '3'] });
  await Promise.all(Array.from({ length: 50 }, () => refresh('a')));
  expect(reads()).toBe(1);
});

it('counts a running attempt as no older than at the last read, because it may have ended since (F52)', async () => {
  const { cache, run, refresh, pass } = cacheOver({ a: ['1', '2', '3'] });
  const starts = () => cache.runningSince(run).map(({ sinceMs }) => sinceMs);
  await refresh('a');
  expect(starts()).toEqual([100, 400]);
  pass(700);
  await refresh('a');
  expect(starts()).toEqual([800, 1_100]);
  pass(301);
  await refresh('a');
  expect(starts()).toEqual([100, 400]);
});

it('drops the entries that were read longest ago once there are too many (F28)', async () => {
  const { cache, refresh } = cacheOver({ a: ['1', '2', '3'] });
  await refresh('a');
  await refresh('b', 'c');
  expect(cache.level('a')).toBeUndefined();
  expect(cache.level('c')).toEqual([]);
});

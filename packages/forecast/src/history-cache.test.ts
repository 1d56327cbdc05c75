import { expect, it } from 'vitest';
import { HistoryCache } from './history-cache.js';

function cacheOver(rings: Record<string, string[]>) {
  let reads = 0;
  let now = 0;
  const reader = {
    read: (keys: readonly string[]) => {
      reads += keys.length;
      return Promise.resolve(new Map(keys.map((key) => [key, { samples: [...(rings[key] ?? [])] }])));
    },
    runningSince: () =>
      Promise.resolve([
        { sinceMs: 100, worker: 'w1' },
        { sinceMs: 400, worker: 'w2' },
      ]),
  };
  const cache = new HistoryCache<string[]>({
    reader,
    build: (samples) => samples,
    maxAgeMs: 1_000,
    nowMs: () => now,
    isYoung: (samples) => samples.length < 3,
    maxEntries: 2,
  });
  const refresh = (...keys: string[]) => cache.refresh(keys, { tenant: 't', className: 'c' });
  return { cache, refresh, reads: () => reads, pass: (ms: number) => (now += ms) };
}

it('reads a class with few results every time, so that its deadline follows each result (F40)', async () => {
  const rings = { a: [] as string[] };
  const { cache, refresh } = cacheOver(rings);
  await refresh('a');
  rings.a.push('1', '2', '3');
  await refresh('a');
  expect(cache.level('a')).toEqual(['1', '2', '3']);
});

it('reads a class with enough results again only when what it holds is too old', async () => {
  const { refresh, reads, pass } = cacheOver({ a: ['1', '2', '3'] });
  await refresh('a');
  pass(1_000);
  await refresh('a');
  expect(reads()).toBe(1);
  pass(1);
  await refresh('a');
  expect(reads()).toBe(2);
});

it('counts a running attempt as no older than at the last read, because it may have ended since (F52)', async () => {
  const { cache, refresh, pass } = cacheOver({});
  const starts = () => cache.runningSince('t', 'c').map(({ sinceMs }) => sinceMs);
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

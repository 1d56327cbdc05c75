import { describe, expect, it } from 'vitest';
import { CachedValue } from './cache.js';

function setUp(read: (count: number) => Promise<number>, keepsFailures = true) {
  let nowMs = 0;
  let count = 0;
  const cached = new CachedValue({
    read: () => read(++count),
    maxAgeMs: 500,
    clock: { monotonicMs: () => nowMs },
    keepsFailures,
  });
  return { cached, pass: (ms: number) => (nowMs += ms), count: () => count };
}

const failsOnce = (count: number) => (count === 1 ? Promise.reject(new Error('away')) : Promise.resolve(count));

describe('a cached value', () => {
  it('is read once for everybody who asks before it is too old', async () => {
    const { cached, pass, count } = setUp((number) => Promise.resolve(number));
    expect(await Promise.all([cached.get(), cached.get()])).toEqual([1, 1]);
    pass(499);
    expect(await cached.get()).toBe(1);
    pass(1);
    expect(await cached.get()).toBe(2);
    expect(count()).toBe(2);
  });

  it('shares a failure too, and is read again once that is too old', async () => {
    const { cached, pass, count } = setUp(failsOnce);
    await expect(cached.get()).rejects.toThrow('away');
    await expect(cached.get()).rejects.toThrow('away');
    expect(count()).toBe(1);
    pass(500);
    expect(await cached.get()).toBe(2);
  });

  it('is read again at once after a failure, where failures are not kept', async () => {
    const { cached, count } = setUp(failsOnce, false);
    await expect(cached.get()).rejects.toThrow('away');
    expect(await cached.get()).toBe(2);
    expect(count()).toBe(2);
  });
});

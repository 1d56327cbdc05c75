import { describe, expect, it } from 'vitest';
import { SharedReading } from './shared-reading.js';

function setUp(read: (count: number) => Promise<number>) {
  let nowMs = 0;
  let count = 0;
  const clock = { monotonicMs: () => nowMs, wallMs: () => nowMs };
  const reading = new SharedReading(() => read(++count), { maxAgeMs: 500, clock });
  return { reading, wait: (ms: number) => (nowMs += ms), count: () => count };
}

describe('a shared reading', () => {
  it('is read once for everybody who asks within its age', async () => {
    const { reading, wait, count } = setUp((number) => Promise.resolve(number));
    expect(await Promise.all([reading.get(), reading.get()])).toEqual([1, 1]);
    wait(499);
    expect(await reading.get()).toBe(1);
    wait(1);
    expect(await reading.get()).toBe(2);
    expect(count()).toBe(2);
  });

  it('shares a failure too, and tries again after its age', async () => {
    const { reading, wait, count } = setUp((number) =>
      number === 1 ? Promise.reject(new Error('away')) : Promise.resolve(number),
    );
    await expect(reading.get()).rejects.toThrow('away');
    await expect(reading.get()).rejects.toThrow('away');
    expect(count()).toBe(1);
    wait(500);
    expect(await reading.get()).toBe(2);
  });
});

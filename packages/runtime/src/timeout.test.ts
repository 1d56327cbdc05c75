import { describe, expect, it } from 'vitest';
import { TimeoutError, withTimeout } from './timeout.js';

const never = new Promise<string>(() => undefined);

describe('withTimeout', () => {
  it('gives the value or the failure of a promise that settles in time', async () => {
    expect(await withTimeout(Promise.resolve('done'), 1_000)).toBe('done');
    await expect(withTimeout(Promise.reject(new Error('broken')), 1_000)).rejects.toThrow('broken');
    await expect(withTimeout(Promise.reject(new Error('broken')), 1_000, 'fallback')).rejects.toThrow('broken');
  });

  it('rejects with a TimeoutError once the time is over', async () => {
    const late = withTimeout(never, 10);
    await expect(late).rejects.toBeInstanceOf(TimeoutError);
    await expect(late).rejects.toThrow('no answer within 10 ms');
  });

  it('resolves with the fallback once the time is over, also when the fallback is undefined', async () => {
    expect(await withTimeout(never, 10, 'fallback')).toBe('fallback');
    expect(await withTimeout(never, 10, undefined)).toBeUndefined();
  });

  it('leaves no unhandled rejection when the promise fails after the time', async () => {
    const unhandled: unknown[] = [];
    const listener = (error: unknown) => unhandled.push(error);
    process.on('unhandledRejection', listener);
    let fail: (error: Error) => void = () => undefined;
    const failing = new Promise<never>((_, reject) => (fail = reject));
    expect(await withTimeout(failing, 10, 'fallback')).toBe('fallback');
    fail(new Error('late'));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', listener);
    expect(unhandled).toEqual([]);
  });
});

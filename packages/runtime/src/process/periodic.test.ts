import { afterEach, expect, test, vi } from 'vitest';
import { silentLog } from '../log/log.js';
import { Periodic } from './periodic.js';

afterEach(() => vi.useRealTimers());

const EVERY_MS = 100;
const options = { log: silentLog, random: () => 0.5 };

test('runs again and again, counts what was done, and ends with stop', async () => {
  vi.useFakeTimers();
  const periodic = new Periodic([{ name: 'sweep', everyMs: EVERY_MS, run: () => Promise.resolve(2) }], options);
  periodic.start();
  await vi.advanceTimersByTimeAsync(3 * EVERY_MS);
  await periodic.stop();
  await vi.advanceTimersByTimeAsync(10 * EVERY_MS);
  expect(periodic.report().get('sweep')).toMatchObject({ runs: 3, failures: 0, items: 6, lastError: null });
});

test('asks after each run how long to wait where that depends on what was found', async () => {
  vi.useFakeTimers();
  let runs = 0;
  const everyMs = () => (runs === 1 ? 10 : EVERY_MS);
  const periodic = new Periodic([{ name: 'looks', everyMs, run: () => Promise.resolve(void (runs += 1)) }], options);
  periodic.start();
  await vi.advanceTimersByTimeAsync(EVERY_MS + 10);
  expect(runs).toBe(2);
  await vi.advanceTimersByTimeAsync(EVERY_MS - 1);
  expect(runs).toBe(2);
  await vi.advanceTimersByTimeAsync(1);
  expect(runs).toBe(3);
});

test('never overlaps with itself: the pause begins when the run has ended', async () => {
  vi.useFakeTimers();
  let running = 0;
  let most = 0;
  const run = async () => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 3 * EVERY_MS));
    running -= 1;
  };
  const periodic = new Periodic([{ name: 'slow', everyMs: EVERY_MS, run }], options);
  periodic.start();
  await vi.advanceTimersByTimeAsync(12 * EVERY_MS);
  expect(most).toBe(1);
  expect(periodic.report().get('slow')?.runs).toBe(3);
});

test('goes on after a failure and logs a row of failures once', async () => {
  vi.useFakeTimers();
  const warn = vi.fn();
  const periodic = new Periodic([{ name: 'broken', everyMs: EVERY_MS, run: () => Promise.reject(new Error('away')) }], {
    ...options,
    log: { ...silentLog, warn },
  });
  periodic.start();
  await vi.advanceTimersByTimeAsync(4 * EVERY_MS);
  expect(periodic.report().get('broken')).toMatchObject({ runs: 4, failures: 4, lastError: 'away' });
  expect(warn).toHaveBeenCalledOnce();
});

test('stop waits for the run under way and tells it to end', async () => {
  let told = false;
  const run = (signal: AbortSignal) =>
    new Promise<void>((resolve) =>
      signal.addEventListener('abort', () => {
        told = true;
        resolve();
      }),
    );
  const periodic = new Periodic([{ name: 'listener', everyMs: 1, run }], options);
  periodic.start();
  await vi.waitUntil(() => periodic.report().get('listener')?.runs === 1);
  await periodic.stop();
  expect(told).toBe(true);
});

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLog } from '../log/log.js';
import { Periodic, type PeriodicTask } from './periodic.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const EVERY_MS = 100;

function start(task: Omit<PeriodicTask, 'name'>, log = silentLog): Periodic {
  const periodic = new Periodic([{ name: 'task', ...task }], { log, random: () => 0.5 });
  periodic.start();
  return periodic;
}

describe('a periodic task', () => {
  it('runs at its interval until it is stopped', async () => {
    const run = vi.fn(() => Promise.resolve());
    const periodic = start({ everyMs: EVERY_MS, run });
    await vi.advanceTimersByTimeAsync(3 * EVERY_MS);
    await periodic.stop();
    await vi.advanceTimersByTimeAsync(10 * EVERY_MS);
    expect(run).toHaveBeenCalledTimes(3);
  });

  it('whose interval is a function computes it after each run', async () => {
    const run = vi.fn(() => Promise.resolve());
    start({ everyMs: () => (run.mock.calls.length === 1 ? 10 : EVERY_MS), run });
    await vi.advanceTimersByTimeAsync(EVERY_MS + 10);
    expect(run).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(EVERY_MS - 1);
    expect(run).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(run).toHaveBeenCalledTimes(3);
  });

  it('never overlaps with itself: the pause begins when the run has ended', async () => {
    let running = 0;
    let most = 0;
    const run = vi.fn(async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 3 * EVERY_MS));
      running -= 1;
    });
    start({ everyMs: EVERY_MS, run });
    await vi.advanceTimersByTimeAsync(12 * EVERY_MS);
    expect(most).toBe(1);
    expect(run).toHaveBeenCalledTimes(3);
  });

  it('that fails runs again, and only the first failure in a row is logged', async () => {
    const warn = vi.fn();
    const results = [fail, fail, succeed, fail, fail];
    const run = vi.fn(() => (results.shift() ?? succeed)());
    start({ everyMs: EVERY_MS, run }, { ...silentLog, warn });
    await vi.advanceTimersByTimeAsync(5 * EVERY_MS);
    expect(run).toHaveBeenCalledTimes(5);
    expect(warn).toHaveBeenCalledTimes(2);
  });

  it('is aborted by stop, which waits until its run has ended', async () => {
    let aborted = false;
    const run = vi.fn(
      (signal: AbortSignal) =>
        new Promise<void>((resolve) =>
          signal.addEventListener('abort', () => {
            aborted = true;
            resolve();
          }),
        ),
    );
    const periodic = start({ everyMs: EVERY_MS, run });
    await vi.advanceTimersByTimeAsync(EVERY_MS);
    expect(run).toHaveBeenCalledOnce();
    await periodic.stop();
    expect(aborted).toBe(true);
  });
});

const fail = () => Promise.reject(new Error('away'));
const succeed = () => Promise.resolve();

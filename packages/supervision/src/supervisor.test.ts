import { systemClock } from '@leeway/runtime';
import { describe, expect, it, vi } from 'vitest';
import type { AttemptLimits } from './attempt-limits.js';
import { HandlerError } from './handler-error.js';
import type { StopReason } from './run-result.js';
import { type Extension, Supervisor, type SupervisorOptions } from './supervisor.js';

const LIMITS: AttemptLimits = {
  deadlineMs: 60_000,
  hardCapMs: 600_000,
  lateMs: null,
  firstOutputMs: null,
  idleMs: null,
  toolMs: null,
  caps: [],
};
const CANCEL: StopReason = { cause: 'cancelled', message: 'enough' };

function supervisor(
  limits: Partial<AttemptLimits> = {},
  options: Partial<SupervisorOptions<AttemptLimits>> = {},
): Supervisor<AttemptLimits> {
  return new Supervisor({ decision: { ...LIMITS, ...limits }, graceMs: 50, clock: systemClock, ...options });
}

/** A handler that ends with its abort. */
function untilAborted(signal: AbortSignal, value: unknown): Promise<unknown> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(value)));
}

const never = () => new Promise<never>(() => undefined);

describe('a supervised run', () => {
  it('succeeds with the value of a handler that ends by itself', async () => {
    expect(await supervisor().run(() => Promise.resolve(42))).toMatchObject({
      outcome: 'succeeded',
      value: 42,
      abandoned: false,
    });
  });

  it('keeps the result that a failing handler leaves (F83)', async () => {
    const result = await supervisor().run(() =>
      Promise.reject(new HandlerError('exit_nonzero', 'code 3', { result: { exitCode: 3 } })),
    );
    expect(result).toMatchObject({ outcome: 'failed', value: { exitCode: 3 } });
  });

  it('does not call the handler when it was stopped before it started (F86)', async () => {
    const watched = supervisor();
    const start = vi.fn(() => Promise.resolve('ran all the same'));
    watched.stop(CANCEL);
    expect(await watched.run(start)).toMatchObject({ outcome: 'cancelled', reason: CANCEL, abandoned: false });
    expect(start).not.toHaveBeenCalled();
  });

  it('fails when the handler throws before it returns a promise', async () => {
    expect(
      await supervisor().run(() => {
        throw new Error('at once');
      }),
    ).toMatchObject({ outcome: 'failed' });
  });

  it('stops at the deadline and keeps the partial result (F76, F89, F91)', async () => {
    const watched = supervisor({ deadlineMs: 30 });
    const result = await watched.run(() => untilAborted(watched.signal, 'half'));
    expect(result).toMatchObject({
      outcome: 'stopped',
      reason: { cause: 'deadline' },
      value: 'half',
      abandoned: false,
      expiry: { cause: 'deadline', limitMs: 30 },
    });
  });

  it('counts the deadline from the claim of the attempt, not from its decision', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    try {
      const claimedMs = systemClock.monotonicMs();
      await vi.advanceTimersByTimeAsync(300);
      const watched = supervisor({ deadlineMs: 1_000 }, { claimedMs });
      const result = watched.run(() => untilAborted(watched.signal, 'half'));
      await vi.advanceTimersByTimeAsync(700);
      expect(await result).toMatchObject({ outcome: 'stopped', durationMs: 1_000 });
    } finally {
      vi.useRealTimers();
    }
  });

  it('publishes once that it is late, and does not count pauses', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    try {
      const late: number[] = [];
      const watched = supervisor({ lateMs: 1_000 }, { onLate: (lateMs) => late.push(lateMs) });
      const result = watched.run(() => untilAborted(watched.signal, 'half'));
      await vi.advanceTimersByTimeAsync(600);
      watched.pause('control', 60_000);
      await vi.advanceTimersByTimeAsync(5_000);
      watched.resume('control');
      await vi.advanceTimersByTimeAsync(399);
      expect(late).toEqual([]);
      await vi.advanceTimersByTimeAsync(1);
      watched.replaceDecision({ ...LIMITS, lateMs: 500 });
      await vi.advanceTimersByTimeAsync(1_000);
      expect(late).toEqual([1_000]);
      watched.stop(CANCEL);
      await result;
    } finally {
      vi.useRealTimers();
    }
  });

  it('resolves settledLater when an abandoned handler ends after all', async () => {
    let release: () => void = () => {};
    const result = await supervisor({ deadlineMs: 30 }).run(() => new Promise<void>((resolve) => (release = resolve)));
    release();
    await expect(result.settledLater).resolves.toEqual({ value: undefined });
  });

  it('abandons a handler that has not settled within the grace (F81, F94)', async () => {
    expect(await supervisor({ deadlineMs: 30 }).run(never)).toMatchObject({ outcome: 'stopped', abandoned: true });
  });

  it('is stopped when its output stops for the idle window (F77, F91)', async () => {
    const watched = supervisor({ idleMs: 40 });
    const calls = watched.clockCalls();
    const result = await watched.run(() => {
      calls.output();
      return untilAborted(watched.signal, 'half');
    });
    expect(result).toMatchObject({ outcome: 'stopped', reason: { cause: 'idle' } });
  });

  it('is not stopped for silence while there is activity', async () => {
    const watched = supervisor({ idleMs: 80 });
    const { activity } = watched.clockCalls();
    let left = 20;
    const result = await watched.run(
      () =>
        new Promise((resolve) => {
          const timer = setInterval(() => {
            activity();
            left -= 1;
            if (left > 0) return;
            clearInterval(timer);
            resolve('done');
          }, 10);
        }),
    );
    expect(result.outcome).toBe('succeeded');
  });

  it('requests an extension at its deadline, and runs until the longer deadline that it gets', async () => {
    const extended: Extension[] = [];
    const watched = supervisor(
      { deadlineMs: 30 },
      {
        requestExtension: () => Promise.resolve({ deadlineMs: 120, by: 'estimator', reason: 'it grew' }),
        onExtended: (extension) => extended.push(extension),
      },
    );
    const result = await watched.run(() => untilAborted(watched.signal, 'half'));
    expect(extended).toEqual([{ deadlineMs: 120, by: 'estimator', reason: 'it grew' }]);
    expect(result.durationMs).toBeGreaterThanOrEqual(119);
    expect(result).toMatchObject({ outcome: 'stopped', decision: { deadlineMs: 120 } });
  });

  it('is stopped at its deadline when the request for an extension fails', async () => {
    const watched = supervisor(
      { deadlineMs: 30 },
      { requestExtension: () => Promise.reject(new Error('Redis is away')) },
    );
    expect(await watched.run(() => untilAborted(watched.signal, 1))).toMatchObject({ reason: { cause: 'deadline' } });
  });

  it('is not stopped when it is paused while the extension is requested', async () => {
    let requests = 0;
    const watched = supervisor(
      { deadlineMs: 30 },
      {
        requestExtension: () => {
          if (++requests === 1) watched.pause('control', 60_000);
          return Promise.resolve(null);
        },
      },
    );
    const running = watched.run(() => untilAborted(watched.signal, 'half'));
    await vi.waitFor(() => expect(watched.paused).toBe(true));
    expect(watched.closed).toBe(false);
    watched.resume('control');
    expect(await running).toMatchObject({ outcome: 'stopped', reason: { cause: 'deadline' } });
  });

  it('is extended when its handler asks for it, at most to the hard cap', () => {
    const watched = supervisor({ deadlineMs: 1_000, hardCapMs: 1_500 });
    const { extend } = watched.clockCalls();
    expect(extend(400)).toBe(true);
    expect(watched.deadlineMs).toBe(1_400);
    expect(extend(400)).toBe(true);
    expect(watched.deadlineMs).toBe(1_500);
    expect(extend(1)).toBe(false);
  });

  it('keeps the first reason of several stops', async () => {
    const watched = supervisor();
    const running = watched.run(() => untilAborted(watched.signal, 'x'));
    watched.stop(CANCEL);
    watched.stop({ cause: 'released', message: 'too late' });
    expect(await running).toMatchObject({ outcome: 'cancelled', reason: CANCEL });
  });

  it('succeeds when its work was complete before its deadline (F88)', async () => {
    const watched = supervisor({ deadlineMs: 30 });
    const result = await watched.run(() => {
      watched.clockCalls().complete();
      return untilAborted(watched.signal, 'all of it');
    });
    expect(result).toMatchObject({ outcome: 'succeeded', value: 'all of it' });
  });

  it('does not succeed when its work is reported complete only after the stop (F83, F88)', async () => {
    const watched = supervisor({ deadlineMs: 30 });
    const result = await watched.run(async () => {
      await untilAborted(watched.signal, null);
      watched.clockCalls().complete();
      return 'too late';
    });
    expect(result).toMatchObject({ outcome: 'stopped', value: 'too late' });
  });

  it('keeps the outcome of work that had ended before the stop reached it, unless it was cancelled or lost (F83)', async () => {
    const resultOf = async (how: 'well' | 'badly', stop?: StopReason) => {
      const watched = supervisor({ deadlineMs: 30 });
      const running = watched.run(async () => {
        if (stop !== undefined) queueMicrotask(() => watched.stop(stop));
        await untilAborted(watched.signal, null);
        watched.clockCalls().alreadyEnded();
        if (how === 'badly') throw new Error('exit 3');
        return 'all of it';
      });
      const { outcome, expiry } = await running;
      return { outcome, expiry };
    };
    expect(await resultOf('well')).toEqual({ outcome: 'succeeded' });
    expect(await resultOf('badly')).toEqual({ outcome: 'failed' });
    expect(await resultOf('well', { cause: 'released', message: 'bye' })).toEqual({ outcome: 'succeeded' });
    expect(await resultOf('well', CANCEL)).toEqual({ outcome: 'cancelled' });
    expect(await resultOf('well', { cause: 'lost', message: 'gone' })).toEqual({ outcome: 'lost' });
  });

  it('is cancelled although its work was complete', async () => {
    const watched = supervisor();
    const running = watched.run(() => {
      watched.clockCalls().complete();
      return untilAborted(watched.signal, 'all of it');
    });
    watched.stop(CANCEL);
    expect(await running).toMatchObject({ outcome: 'cancelled' });
  });

  it('reports the shortened idle window that ended it, and keeps its deadline (F117)', async () => {
    const watched = supervisor({ idleMs: 60_000 });
    const running = watched.run(() => {
      watched.clockCalls().output();
      return untilAborted(watched.signal, 'half');
    });
    watched.tightenIdle(40);
    expect(watched.deadlineMs).toBe(60_000);
    expect(await running).toMatchObject({
      reason: { cause: 'idle' },
      expiry: { limitMs: 40 },
      decision: { idleMs: 40 },
    });
  });

  it('ignores a stop after its end', async () => {
    const watched = supervisor();
    const result = await watched.run(() => Promise.resolve(1));
    watched.stop(CANCEL);
    expect(result.outcome).toBe('succeeded');
    expect(watched.signal.aborted).toBe(false);
  });

  it('runs on when it is late (F5)', async () => {
    let late = 0;
    const watched = supervisor({ lateMs: 20 }, { onLate: () => (late += 1) });
    const result = await watched.run(() => new Promise((resolve) => setTimeout(() => resolve('slow'), 60)));
    expect([late, result.outcome]).toEqual([1, 'succeeded']);
  });
});

import { HandlerError } from './handler-error.js';
import type { StopReason } from './stop-reason.js';
import type { Decision } from '@leeway/contract';
import { systemClock } from '@leeway/runtime';
import { describe, expect, it, vi } from 'vitest';
import type { Extension } from './extension.js';
import { type Supervision, Supervisor } from './supervisor.js';

const DECISION = {
  deadlineMs: 60_000,
  hardCapMs: 600_000,
  expectedMs: null,
  lateMs: null,
  firstOutputMs: null,
  idleMs: null,
  toolMs: null,
  caps: [],
} as unknown as Decision;
const CANCEL: StopReason = { cause: 'cancelled', message: 'enough' };

function supervisor(decision: Partial<Decision> = {}, options: Partial<Supervision> = {}): Supervisor {
  return new Supervisor({
    decision: { ...DECISION, ...decision },
    graceMs: 50,
    clock: systemClock,
    askAgain: () => Promise.resolve(null),
    onExtended: () => undefined,
    onLate: () => undefined,
    ...options,
  });
}

/** Ends when it is asked to. */
function obedient(signal: AbortSignal, value: unknown): Promise<unknown> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(value)));
}

const never = () => new Promise<never>(() => undefined);

describe('supervision', () => {
  it('gives the result of a handler that ends by itself', async () => {
    expect(await supervisor().run(() => Promise.resolve(42))).toMatchObject({
      outcome: 'succeeded',
      value: 42,
      abandoned: false,
    });
  });

  it('keeps what a failing handler leaves (F83)', async () => {
    const ending = await supervisor().run(() =>
      Promise.reject(new HandlerError('exit_nonzero', 'code 3', { result: { exitCode: 3 } })),
    );
    expect(ending).toMatchObject({ outcome: 'failed', value: { exitCode: 3 } });
  });

  it('never calls a handler that was asked to stop before it began (F86)', async () => {
    const watched = supervisor();
    const start = vi.fn(() => Promise.resolve('ran all the same'));
    watched.stop(CANCEL);
    expect(await watched.run(start)).toMatchObject({ outcome: 'cancelled', reason: CANCEL, abandoned: false });
    expect(start).not.toHaveBeenCalled();
  });

  it('takes a handler that throws before it returns a promise as failed', async () => {
    expect(
      await supervisor().run(() => {
        throw new Error('at once');
      }),
    ).toMatchObject({ outcome: 'failed' });
  });

  it('stops at the deadline and keeps the partial result (F76, F89, F91)', async () => {
    const watched = supervisor({ deadlineMs: 30 });
    const ending = await watched.run(() => obedient(watched.signal, 'half'));
    expect(ending).toMatchObject({
      outcome: 'stopped',
      reason: { cause: 'deadline' },
      value: 'half',
      abandoned: false,
      expiry: { cause: 'deadline', limitMs: 30 },
    });
  });

  it('counts from when the attempt was opened, not from when its decision was there', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    try {
      const openedMs = systemClock.monotonicMs();
      await vi.advanceTimersByTimeAsync(300);
      const watched = supervisor({ deadlineMs: 1_000 }, { openedMs });
      const ending = watched.run(() => obedient(watched.signal, 'half'));
      await vi.advanceTimersByTimeAsync(700);
      expect(await ending).toMatchObject({ outcome: 'stopped', durationMs: 1_000 });
    } finally {
      vi.useRealTimers();
    }
  });

  it('is late once its clocks have run so long, not while they stand, and once', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    try {
      const late: number[] = [];
      const watched = supervisor({ lateMs: 1_000 }, { onLate: (lateMs) => late.push(lateMs) });
      const ending = watched.run(() => obedient(watched.signal, 'half'));
      await vi.advanceTimersByTimeAsync(600);
      watched.pause();
      await vi.advanceTimersByTimeAsync(5_000);
      watched.resume();
      await vi.advanceTimersByTimeAsync(399);
      expect(late).toEqual([]);
      await vi.advanceTimersByTimeAsync(1);
      watched.redecide({ ...DECISION, lateMs: 500 });
      await vi.advanceTimersByTimeAsync(1_000);
      expect(late).toEqual([1_000]);
      watched.stop(CANCEL);
      await ending;
    } finally {
      vi.useRealTimers();
    }
  });

  it('knows when an abandoned handler has ended after all', async () => {
    let release: () => void = () => {};
    const ending = await supervisor({ deadlineMs: 30 }).run(() => new Promise<void>((resolve) => (release = resolve)));
    release();
    await expect(ending.settledLater).resolves.toEqual({ value: undefined });
  });

  it('abandons a handler that never settles, after the grace (F81, F94)', async () => {
    expect(await supervisor({ deadlineMs: 30 }).run(never)).toMatchObject({ outcome: 'stopped', abandoned: true });
  });

  it('ends an attempt whose output stops (F77, F91)', async () => {
    const watched = supervisor({ idleMs: 40 });
    const calls = watched.clockCalls();
    const ending = await watched.run(() => {
      calls.output();
      return obedient(watched.signal, 'half');
    });
    expect(ending).toMatchObject({ outcome: 'stopped', reason: { cause: 'idle' } });
  });

  it('goes on while there is activity', async () => {
    const watched = supervisor({ idleMs: 80 });
    const { activity } = watched.clockCalls();
    let left = 20;
    const ending = await watched.run(
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
    expect(ending.outcome).toBe('succeeded');
  });

  it('asks again at expiry, and lets the attempt go on when the answer has grown', async () => {
    const extended: Extension[] = [];
    const watched = supervisor(
      { deadlineMs: 30 },
      {
        askAgain: () => Promise.resolve({ deadlineMs: 120, by: 'estimator', reason: 'it grew' }),
        onExtended: (extension) => extended.push(extension),
      },
    );
    const ending = await watched.run(() => obedient(watched.signal, 'half'));
    expect(extended).toEqual([{ deadlineMs: 120, by: 'estimator', reason: 'it grew' }]);
    expect(ending.durationMs).toBeGreaterThanOrEqual(119);
    expect(ending).toMatchObject({ outcome: 'stopped', decision: { deadlineMs: 120 } });
  });

  it('stops when the question at expiry fails', async () => {
    const watched = supervisor({ deadlineMs: 30 }, { askAgain: () => Promise.reject(new Error('Redis is away')) });
    expect(await watched.run(() => obedient(watched.signal, 1))).toMatchObject({ reason: { cause: 'deadline' } });
  });

  it('extends on request, never beyond the hard cap', () => {
    const watched = supervisor({ deadlineMs: 1_000, hardCapMs: 1_500 });
    const { extend } = watched.clockCalls();
    expect(extend(400)).toBe(true);
    expect(watched.deadlineMs).toBe(1_400);
    expect(extend(400)).toBe(true);
    expect(watched.deadlineMs).toBe(1_500);
    expect(extend(1)).toBe(false);
  });

  it('stops for the first reason only', async () => {
    const watched = supervisor();
    const running = watched.run(() => obedient(watched.signal, 'x'));
    watched.stop(CANCEL);
    watched.stop({ cause: 'released', message: 'too late' });
    expect(await running).toMatchObject({ outcome: 'cancelled', reason: CANCEL });
  });

  it('takes nothing back from work that was done before its deadline (F88)', async () => {
    const watched = supervisor({ deadlineMs: 30 });
    const ending = await watched.run(() => {
      watched.clockCalls().complete();
      return obedient(watched.signal, 'all of it');
    });
    expect(ending).toMatchObject({ outcome: 'succeeded', value: 'all of it' });
  });

  it('does not take work as done that says so only after it was stopped (F83, F88)', async () => {
    const watched = supervisor({ deadlineMs: 30 });
    const ending = await watched.run(async () => {
      await obedient(watched.signal, null);
      watched.clockCalls().complete();
      return 'too late';
    });
    expect(ending).toMatchObject({ outcome: 'stopped', value: 'too late' });
  });

  it('takes nothing back from work that had ended before the stop could reach it: no false kill, no second run (F83)', async () => {
    const came = async (how: 'well' | 'badly', stop?: StopReason) => {
      const watched = supervisor({ deadlineMs: 30 });
      const running = watched.run(async () => {
        if (stop !== undefined) queueMicrotask(() => watched.stop(stop));
        await obedient(watched.signal, null);
        watched.clockCalls().alreadyEnded();
        if (how === 'badly') throw new Error('exit 3');
        return 'all of it';
      });
      const { outcome, expiry } = await running;
      return { outcome, expiry };
    };
    expect(await came('well')).toEqual({ outcome: 'succeeded' });
    expect(await came('badly')).toEqual({ outcome: 'failed' });
    expect(await came('well', { cause: 'released', message: 'bye' })).toEqual({ outcome: 'succeeded' });
    expect(await came('well', CANCEL)).toEqual({ outcome: 'cancelled' });
    expect(await came('well', { cause: 'lost', message: 'gone' })).toEqual({ outcome: 'lost' });
  });

  it('lets a cancel win over work that is done', async () => {
    const watched = supervisor();
    const running = watched.run(() => {
      watched.clockCalls().complete();
      return obedient(watched.signal, 'all of it');
    });
    watched.stop(CANCEL);
    expect(await running).toMatchObject({ outcome: 'cancelled' });
  });

  it('shortens the idle window for a while, never the deadline, and says which window held (F117)', async () => {
    const watched = supervisor({ idleMs: 60_000 });
    const running = watched.run(() => {
      watched.clockCalls().output();
      return obedient(watched.signal, 'half');
    });
    watched.tightenIdle(40);
    expect(watched.deadlineMs).toBe(60_000);
    expect(await running).toMatchObject({
      reason: { cause: 'idle' },
      expiry: { limitMs: 40 },
      decision: { idleMs: 40 },
    });
  });

  it('does nothing when told to stop after the end', async () => {
    const watched = supervisor();
    const ending = await watched.run(() => Promise.resolve(1));
    watched.stop(CANCEL);
    expect(ending.outcome).toBe('succeeded');
    expect(watched.signal.aborted).toBe(false);
  });

  it('marks an attempt as late and lets it run (F5)', async () => {
    let late = 0;
    const watched = supervisor({ lateMs: 20 }, { onLate: () => (late += 1) });
    const ending = await watched.run(() => new Promise((resolve) => setTimeout(() => resolve('slow'), 60)));
    expect([late, ending.outcome]).toEqual([1, 'succeeded']);
  });
});

import { systemClock } from '@leeway/runtime';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ApprovalWait } from './approval-wait.js';
import type { AttemptLimits } from './attempt-limits.js';
import type { SupervisionEvent } from './events.js';
import { Supervisor } from './supervisor.js';

const MOST_MS = 60_000;
const LIMITS: AttemptLimits = {
  deadlineMs: 10_000,
  hardCapMs: 10_000,
  lateMs: null,
  firstOutputMs: null,
  idleMs: 1_000,
  toolMs: null,
  caps: [],
};

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => vi.useRealTimers());

/** A supervised attempt whose handler ends with its abort, and the events of its wait. */
function attempt() {
  const events: SupervisionEvent[] = [];
  const leases: number[] = [];
  const supervisor = new Supervisor({
    decision: LIMITS,
    graceMs: 50,
    clock: systemClock,
    onDeadlineMoved: (leftMs) => void leases.push(leftMs),
  });
  const wait = new ApprovalWait({
    supervisor,
    events: { add: (event) => void events.push(event) },
    clock: systemClock,
    mostMs: MOST_MS,
  });
  const result = supervisor.run(
    () => new Promise((resolve) => supervisor.signal.addEventListener('abort', () => resolve('half'))),
  );
  return { supervisor, wait, events, leases, result };
}

test('an attempt that waits for a person has its clocks paused, and continues where it was (F77)', async () => {
  const { wait, events, result } = attempt();
  await vi.advanceTimersByTimeAsync(500);
  expect(wait.begin('approval of the deploy')).toBe(true);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(wait.waitedMs).toBe(30_000);
  wait.end();
  await vi.advanceTimersByTimeAsync(500);
  expect(await result).toMatchObject({ reason: { cause: 'idle' }, durationMs: 1_000 });
  expect(events).toEqual([
    { type: 'waiting', reason: 'approval of the deploy' },
    { type: 'resumed', pausedMs: 30_000, why: 'answered' },
  ]);
});

test('the deadline moves by the longest wait that is possible, and back by what is left of it when the wait is over', async () => {
  const { supervisor, wait, leases } = attempt();
  wait.begin();
  await vi.advanceTimersByTimeAsync(1_000);
  wait.end();
  expect(leases).toEqual([LIMITS.deadlineMs, LIMITS.deadlineMs + MOST_MS, LIMITS.deadlineMs]);
  supervisor.stop({ cause: 'cancelled', message: 'enough' });
});

test('all waits of an attempt together are bounded: then its clocks run (F77)', async () => {
  const { supervisor, wait, events, result } = attempt();
  const tenth = MOST_MS / 10;
  for (let round = 0; round < 9; round += 1) {
    expect(wait.begin()).toBe(true);
    await vi.advanceTimersByTimeAsync(tenth);
    wait.end();
  }
  expect(wait.begin('one more')).toBe(true);
  await vi.advanceTimersByTimeAsync(tenth);
  expect(wait.active).toBe(false);
  expect(events.at(-1)).toEqual({ type: 'resumed', pausedMs: tenth, why: 'limit' });
  expect(wait.begin('for ever')).toBe(false);
  await vi.advanceTimersByTimeAsync(1_000);
  expect((await result).reason).toMatchObject({ cause: 'idle' });
  expect(supervisor.elapsedMs).toBeLessThan(2_000);
});

test('a second begin during a wait and an end without a wait have no effect', async () => {
  const { supervisor, wait, events } = attempt();
  wait.end();
  wait.begin();
  wait.begin();
  wait.end();
  expect(events.map(({ type }) => type)).toEqual(['waiting', 'resumed']);
  supervisor.stop({ cause: 'cancelled', message: 'enough' });
  expect(wait.begin()).toBe(false);
});

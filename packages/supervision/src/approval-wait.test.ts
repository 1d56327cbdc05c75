import type { Decision } from '@leeway/contract';
import type { SupervisionEvent } from './event-sink.js';
import { systemClock } from '@leeway/runtime';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Supervisor } from './supervisor.js';
import { Waiting } from './approval-wait.js';

const MOST_MS = 60_000;
const DECISION = {
  deadlineMs: 10_000,
  hardCapMs: 10_000,
  lateMs: null,
  firstOutputMs: null,
  idleMs: 1_000,
  toolMs: null,
  caps: [],
} as unknown as Decision;

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => vi.useRealTimers());

/** A supervised attempt that ends when it is asked to, and what it reports. */
function attempt() {
  const reports: SupervisionEvent[] = [];
  const leases: number[] = [];
  const supervisor = new Supervisor({
    decision: DECISION,
    graceMs: 50,
    clock: systemClock,
    askAgain: () => Promise.resolve(null),
    onExtended: () => undefined,
    onLate: () => undefined,
  });
  const waiting: Waiting = new Waiting({
    supervisor,
    reporter: { add: (report) => void reports.push(report) },
    clock: systemClock,
    mostMs: MOST_MS,
    renewLease: (deadlineMs) => void leases.push(deadlineMs + waiting.leftMs),
  });
  const ending = supervisor.run(
    () => new Promise((resolve) => supervisor.signal.addEventListener('abort', () => resolve('half'))),
  );
  return { supervisor, waiting, reports, leases, ending };
}

test('an attempt that waits for a person stands, and goes on where it was (F77)', async () => {
  const { waiting, reports, ending } = attempt();
  await vi.advanceTimersByTimeAsync(500);
  expect(waiting.begin('approval of the deploy')).toBe(true);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(waiting.waitedMs).toBe(30_000);
  waiting.end();
  await vi.advanceTimersByTimeAsync(500);
  expect(await ending).toMatchObject({ reason: { cause: 'idle' }, durationMs: 1_000 });
  expect(reports).toEqual([
    { type: 'waiting', reason: 'approval of the deploy' },
    { type: 'resumed', pausedMs: 30_000, why: 'answered' },
  ]);
});

test('is vouched for as long as it may wait', async () => {
  const { supervisor, waiting, leases } = attempt();
  waiting.begin();
  await vi.advanceTimersByTimeAsync(1_000);
  waiting.end();
  expect(leases).toEqual([DECISION.deadlineMs + MOST_MS, DECISION.deadlineMs]);
  supervisor.stop({ cause: 'cancelled', message: 'enough' });
});

test('waiting is bounded over the whole attempt: then its clocks run (F77)', async () => {
  const { supervisor, waiting, reports, ending } = attempt();
  const tenth = MOST_MS / 10;
  for (let round = 0; round < 9; round += 1) {
    expect(waiting.begin()).toBe(true);
    await vi.advanceTimersByTimeAsync(tenth);
    waiting.end();
  }
  expect(waiting.begin('one more')).toBe(true);
  await vi.advanceTimersByTimeAsync(tenth);
  expect(waiting.now).toBe(false);
  expect(reports.at(-1)).toEqual({ type: 'resumed', pausedMs: tenth, why: 'limit' });
  expect(waiting.begin('for ever')).toBe(false);
  await vi.advanceTimersByTimeAsync(1_000);
  expect((await ending).reason).toMatchObject({ cause: 'idle' });
  expect(supervisor.elapsedMs).toBeLessThan(2_000);
});

test('beginning twice is one wait, and ending without one is nothing', async () => {
  const { supervisor, waiting, reports } = attempt();
  waiting.end();
  waiting.begin();
  waiting.begin();
  waiting.end();
  expect(reports.map(({ type }) => type)).toEqual(['waiting', 'resumed']);
  supervisor.stop({ cause: 'cancelled', message: 'enough' });
  expect(waiting.begin()).toBe(false);
});

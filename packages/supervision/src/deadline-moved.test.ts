import { systemClock } from '@leeway/runtime';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApprovalWait } from './approval-wait.js';
import type { AttemptLimits } from './attempt-limits.js';
import { Supervisor } from './supervisor.js';

const PAUSE_MS = 5_000;
const WAIT_MS = 3_000;
const LIMITS: AttemptLimits = {
  ...{ deadlineMs: 10_000, hardCapMs: 60_000, lateMs: null },
  ...{ firstOutputMs: null, idleMs: null, toolMs: null, caps: [] },
};
const REASON = { cause: 'cancelled', message: 'the test is over' } as const;

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => vi.useRealTimers());

/** A running attempt, and the lease that a holder has who renews it for `onDeadlineMoved` and for nothing else. */
async function leased(extendAtExpiryMs: number | null = null) {
  const lease = { untilMs: 0, renewals: 0 };
  const supervisor: Supervisor<AttemptLimits> = new Supervisor({
    decision: LIMITS,
    graceMs: 0,
    clock: systemClock,
    requestExtension: async ({ deadlineMs }) =>
      extendAtExpiryMs === null
        ? null
        : { deadlineMs: deadlineMs + extendAtExpiryMs, by: 'estimator', reason: 'a test' },
    onDeadlineMoved: (leftMs) => {
      lease.untilMs = systemClock.monotonicMs() + leftMs;
      lease.renewals += 1;
    },
  });
  const wait = new ApprovalWait({ supervisor, events: { add: () => undefined }, clock: systemClock, mostMs: WAIT_MS });
  const running = supervisor.run(() => new Promise((resolve) => supervisor.signal.addEventListener('abort', resolve)));
  await vi.advanceTimersByTimeAsync(0);
  return {
    ...{ supervisor, wait, running },
    /** What is left of the lease. */
    leftMs: () => lease.untilMs - systemClock.monotonicMs(),
    renewals: () => lease.renewals,
    async end() {
      supervisor.stop(REASON);
      await running;
    },
  };
}

type Leased = Awaited<ReturnType<typeof leased>>;

/** Every way in which a deadline can move, one second after the start, and how much is left then. */
const MOVES: [what: string, move: (attempt: Leased) => void, leftMs: number][] = [
  ['an extension by the handler', ({ supervisor }) => void supervisor.clockCalls().extend(4_000), 13_000],
  ['a longer decision', ({ supervisor }) => supervisor.replaceDecision({ ...LIMITS, deadlineMs: 30_000 }), 29_000],
  ['a shorter decision', ({ supervisor }) => supervisor.replaceDecision({ ...LIMITS, deadlineMs: 2_000 }), 1_000],
  ['a pause', ({ supervisor }) => supervisor.pause('control', PAUSE_MS), 9_000 + PAUSE_MS],
  ['a wait for approval', ({ wait }) => void wait.begin(), 9_000 + WAIT_MS],
  [
    'a wait during a pause that lasts longer',
    ({ supervisor, wait }) => {
      supervisor.pause('control', PAUSE_MS);
      wait.begin();
    },
    9_000 + PAUSE_MS,
  ],
];

describe('the lease of an attempt', () => {
  it('covers the deadline from the start of the run', async () => {
    const attempt = await leased();
    expect([attempt.leftMs(), attempt.renewals()]).toEqual([LIMITS.deadlineMs, 1]);
    await attempt.end();
  });

  it.each(MOVES)('covers %s', async (_, move, leftMs) => {
    const attempt = await leased();
    await vi.advanceTimersByTimeAsync(1_000);
    move(attempt);
    expect(attempt.leftMs()).toBe(leftMs);
    await attempt.end();
  });

  it('shrinks to the deadline when a pause or a wait ends early', async () => {
    const attempt = await leased();
    attempt.supervisor.pause('control', PAUSE_MS);
    await vi.advanceTimersByTimeAsync(1_000);
    attempt.supervisor.resume('control');
    expect(attempt.leftMs()).toBe(LIMITS.deadlineMs);
    attempt.wait.begin();
    await vi.advanceTimersByTimeAsync(1_000);
    attempt.wait.end();
    expect(attempt.leftMs()).toBe(LIMITS.deadlineMs);
    await attempt.end();
  });

  it('covers an extension that is given when the deadline has come', async () => {
    const attempt = await leased(7_000);
    await vi.advanceTimersByTimeAsync(LIMITS.deadlineMs);
    expect(attempt.leftMs()).toBe(7_000);
    await attempt.end();
  });

  it('is not renewed for activity, nor after the end', async () => {
    const attempt = await leased();
    const { activity, output, tool } = attempt.supervisor.clockCalls();
    output();
    activity();
    tool(true);
    attempt.supervisor.tightenIdle(100);
    await attempt.end();
    attempt.supervisor.pause('control', PAUSE_MS);
    attempt.supervisor.replaceDecision({ ...LIMITS, deadlineMs: 60_000 });
    expect(attempt.renewals()).toBe(1);
  });

  it('covers the whole run, whatever moves the deadline in whatever order', async () => {
    const event = fc.record({
      afterMs: fc.integer({ min: 0, max: 4_000 }),
      what: fc.constantFrom('extend', 'decide', 'pause', 'resume', 'wait', 'answer'),
      ms: fc.integer({ min: 1, max: 20_000 }),
    });
    const property = fc.asyncProperty(fc.array(event, { maxLength: 15 }), async (events) => {
      const attempt = await leased();
      const { supervisor } = attempt;
      const expectCovered = () => {
        if (!supervisor.closed)
          expect(attempt.leftMs()).toBeGreaterThanOrEqual(supervisor.deadlineMs - supervisor.elapsedMs);
      };
      for (const { afterMs, what, ms } of events) {
        await vi.advanceTimersByTimeAsync(afterMs);
        expectCovered();
        apply(attempt, what, ms);
        expectCovered();
      }
      supervisor.resume('control');
      while (!supervisor.closed) {
        expectCovered();
        await vi.advanceTimersByTimeAsync(1_000);
      }
      await attempt.running;
    });
    await fc.assert(property, { numRuns: 60 });
  });
});

function apply({ supervisor, wait }: Leased, what: string, ms: number): void {
  if (what === 'extend') supervisor.clockCalls().extend(ms);
  else if (what === 'decide') supervisor.replaceDecision({ ...LIMITS, deadlineMs: ms });
  else if (what === 'pause') supervisor.pause('control', 60_000);
  else if (what === 'resume') supervisor.resume('control');
  else if (what === 'wait') wait.begin();
  else wait.end();
}

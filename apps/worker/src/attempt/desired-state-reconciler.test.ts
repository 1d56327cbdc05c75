import type { Decision } from '@leeway/contract';
import { waitUntil } from '@leeway/testkit';
import { afterEach, expect, test } from 'vitest';
import type { Claim } from './attempt.js';
import { DesiredStateReconciler, type ReconcilerOptions } from './desired-state-reconciler.js';

const NEVER = new AbortController().signal;
let reconciler: DesiredStateReconciler | undefined;
afterEach(() => reconciler?.close());

/** A reconciler of an attempt that records the calls it gets. */
function reconciling(change: (options: ReconcilerOptions) => void = () => {}) {
  const calls: unknown[] = [];
  const errors: unknown[] = [];
  let paused = false;
  const options: ReconcilerOptions = {
    claim: { id: 'j1.1', work: { limits: { timeoutMs: 1_000 } } } as Claim,
    handler: {
      pause: async () => calls.push('pause processes') > 0,
      resume: async () => calls.push('resume processes') > 0,
    },
    supervisor: {
      signal: NEVER,
      stop: ({ message }) => void calls.push(`stop: ${message}`),
      pause: () => void (paused = true),
      resume: () => {
        paused = false;
        return 70;
      },
      get paused() {
        return paused;
      },
      currentDecision: { deadlineMs: 1_000, hardCapMs: 1_000 } as Decision,
      replaceDecision: ({ deadlineMs }) => void calls.push(`deadline ${deadlineMs}`),
    },
    decide: async ({ timeoutMs }) => ({ deadlineMs: timeoutMs, hardCapMs: 9_000 }) as Decision,
    attempts: {
      setPaused: async (_, change) => calls.push(change) > 0,
      bindDecision: async (_, { deadlineMs }) => calls.push(`bind ${deadlineMs}`) > 0,
    },
    maxPauseMs: 60_000,
    onError: (error) => errors.push(error),
  };
  change(options);
  reconciler = new DesiredStateReconciler(options);
  return { reconciler, calls, errors, options };
}

const until = (calls: unknown[], last: unknown) =>
  waitUntil(() => JSON.stringify(calls.at(-1)) === JSON.stringify(last), { what: JSON.stringify(last) });

test('pauses and resumes the processes first and records it then (F86)', async () => {
  const { reconciler, calls } = reconciling();
  reconciler.setDesired({ pause: true });
  reconciler.setDesired({ pause: true });
  await until(calls, { paused: true });
  reconciler.setDesired({});
  await until(calls, { paused: false, pausedMs: 70 });
  expect(calls).toEqual(['pause processes', { paused: true }, 'resume processes', { paused: false, pausedMs: 70 }]);
});

test('repeats a pause that comes before the process exists until it does (F86)', async () => {
  let looks = 0;
  const { reconciler, calls } = reconciling((options) => {
    options.handler.pause = async () => ++looks === 3;
  });
  reconciler.setDesired({ pause: true });
  await until(calls, { paused: true });
  expect(looks).toBe(3);
});

test('drops a pause that was taken back before it could be done', async () => {
  let looks = 0;
  const { reconciler, calls } = reconciling((options) => {
    options.handler.pause = async () => ++looks > 1;
  });
  reconciler.setDesired({ pause: true });
  await waitUntil(() => looks === 1, { what: 'the first try' });
  reconciler.setDesired({});
  reconciler.setDesired({ limits: { timeoutMs: 2_000 } });
  await until(calls, 'bind 2000');
  expect(calls).toEqual(['deadline 2000', 'bind 2000']);
});

test('repeats the write of a pause that Redis refused, and not the pause itself', async () => {
  let tries = 0;
  const { reconciler, calls, errors } = reconciling((options) => {
    const { setPaused } = options.attempts;
    options.attempts.setPaused = async (...args) => {
      if (++tries === 1) throw new Error('Redis is away');
      return setPaused(...args);
    };
  });
  reconciler.setDesired({ pause: true });
  await until(calls, { paused: true });
  expect(errors).toHaveLength(1);
  // The processes were paused once.
  expect(calls).toEqual(['pause processes', { paused: true }]);
});

test('keeps the deadline when other limits change, and binds no decision for the same limits (F97)', async () => {
  const { reconciler, calls } = reconciling();
  reconciler.setDesired({ limits: { timeoutMs: 1_000, idleMs: 300 } });
  await until(calls, 'bind 1000');
  reconciler.setDesired({ limits: { timeoutMs: 1_000, idleMs: 300 } });
  reconciler.setDesired({ limits: { timeoutMs: 400, idleMs: 300 } });
  await until(calls, 'bind 400');
  expect(calls).toEqual(['deadline 1000', 'bind 1000', 'deadline 400', 'bind 400']);
});

test('gives the changed limits to the settlement of the attempt (F97)', async () => {
  const { reconciler, calls, options } = reconciling();
  reconciler.setDesired({ limits: { timeoutMs: 1_000, overallMs: 60_000 } });
  await until(calls, 'bind 1000');
  expect(options.claim.work.limits).toEqual({ timeoutMs: 1_000, overallMs: 60_000 });
});

test('stops the attempt at once for a cancel, and does nothing after its end', async () => {
  const { reconciler, calls } = reconciling();
  reconciler.setDesired({ pause: true, cancel: 'no need' });
  expect(calls).toEqual(['stop: no need']);
  reconciler.close();
  reconciler.setDesired({ cancel: 'too late' });
  expect(calls).toEqual(['stop: no need']);
});

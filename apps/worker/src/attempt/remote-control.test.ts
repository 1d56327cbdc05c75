import type { Decision, JobId } from '@leeway/contract';
import type { ClaimedAttempt } from '@leeway/queue';
import { waitUntil } from '@leeway/testkit';
import { afterEach, expect, test } from 'vitest';
import type { AttemptWork } from '../decision/attempt-work.js';
import { RemoteControl, type RemoteControlParts } from './remote-control.js';

const NEVER = new AbortController().signal;
const opened = { job: 'j1' as JobId, number: 1 } as ClaimedAttempt;
let control: RemoteControl | undefined;
afterEach(() => control?.close());

/** A remote control of an attempt that notes what is done to it. */
function controlled(change: (parts: RemoteControlParts) => void = () => {}) {
  const calls: unknown[] = [];
  const errors: unknown[] = [];
  let paused = false;
  const parts: RemoteControlParts = {
    opened,
    attemptId: 'j1.1',
    work: { limits: { timeoutMs: 1_000 } } as AttemptWork,
    handler: {
      pause: async () => calls.push('stop processes') > 0,
      resume: async () => calls.push('continue processes') > 0,
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
      deadlineMs: 1_000,
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
  change(parts);
  control = new RemoteControl(parts);
  return { control, calls, errors, parts };
}

const until = (calls: unknown[], last: unknown) =>
  waitUntil(() => JSON.stringify(calls.at(-1)) === JSON.stringify(last), { what: JSON.stringify(last) });

test('stops the processes first, then the clocks, then tells; and the other way round (F86)', async () => {
  const { control: own, calls } = controlled();
  own.setDesired({ pause: true });
  own.setDesired({ pause: true });
  await until(calls, { paused: true });
  own.setDesired({});
  await until(calls, { paused: false, pausedMs: 70 });
  expect(calls).toEqual(['stop processes', { paused: true }, 'continue processes', { paused: false, pausedMs: 70 }]);
});

test('a pause that comes before the process is there is tried until it is (F86)', async () => {
  let looks = 0;
  const { control: own, calls } = controlled((parts) => {
    parts.handler.pause = async () => ++looks === 3;
  });
  own.setDesired({ pause: true });
  await until(calls, { paused: true });
  expect(looks).toBe(3);
});

test('a pause that was taken back before it could be done is not done', async () => {
  let looks = 0;
  const { control: own, calls } = controlled((parts) => {
    parts.handler.pause = async () => ++looks > 1;
  });
  own.setDesired({ pause: true });
  await waitUntil(() => looks === 1, { what: 'the first try' });
  own.setDesired({});
  own.setDesired({ limits: { timeoutMs: 2_000 } });
  await until(calls, 'bind 2000');
  expect(calls).toEqual(['deadline 2000', 'bind 2000']);
});

test('what the record could not be told is told when it can be', async () => {
  let tries = 0;
  const {
    control: own,
    calls,
    errors,
  } = controlled((parts) => {
    const { setPaused } = parts.attempts;
    parts.attempts.setPaused = async (...args) => {
      if (++tries === 1) throw new Error('Redis is away');
      return setPaused(...args);
    };
  });
  own.setDesired({ pause: true });
  await until(calls, { paused: true });
  expect(errors).toHaveLength(1);
  // The processes were stopped once.
  expect(calls).toEqual(['stop processes', { paused: true }]);
});

test('a limit that does not set the deadline leaves it where it is; the same limits change nothing (F97)', async () => {
  const { control: own, calls } = controlled();
  own.setDesired({ limits: { timeoutMs: 1_000, idleMs: 300 } });
  await until(calls, 'bind 1000');
  own.setDesired({ limits: { timeoutMs: 1_000, idleMs: 300 } });
  own.setDesired({ limits: { timeoutMs: 400, idleMs: 300 } });
  await until(calls, 'bind 400');
  expect(calls).toEqual(['deadline 1000', 'bind 1000', 'deadline 400', 'bind 400']);
});

test('what comes after the attempt goes by the limits that held at its end (F97)', async () => {
  const { control: own, calls, parts } = controlled();
  own.setDesired({ limits: { timeoutMs: 1_000, overallMs: 60_000 } });
  await until(calls, 'bind 1000');
  expect(parts.work.limits).toEqual({ timeoutMs: 1_000, overallMs: 60_000 });
});

test('a cancel is passed on at once, and after the end nothing is', async () => {
  const { control: own, calls } = controlled();
  own.setDesired({ pause: true, cancel: 'no need' });
  expect(calls).toEqual(['stop: no need']);
  own.close();
  own.setDesired({ cancel: 'too late' });
  expect(calls).toEqual(['stop: no need']);
});

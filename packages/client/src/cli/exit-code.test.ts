import type { Job } from '@leeway/contract';
import { expect, test } from 'vitest';
import { exitCodeOf } from './exit-code.js';

const code = (job: Partial<Job>) => exitCodeOf({ cause: null, result: null, ...job } as Job);

test('a job that succeeded exits with 0', () => expect(code({ state: 'succeeded', result: { exitCode: 0 } })).toBe(0));
test('a command that failed exits with its own code (F83)', () =>
  expect(code({ state: 'failed', cause: 'error', result: { exitCode: 7, signal: null } })).toBe(7));
test('a command that a signal ended exits with 128 + its number, as in a shell', () =>
  expect(code({ state: 'failed', cause: 'error', result: { exitCode: null, signal: 'SIGSEGV' } })).toBe(139));
test('a failure without an exit code exits with 1 (F83)', () =>
  expect(code({ state: 'failed', cause: 'error' })).toBe(1));
test.each(['deadline', 'idle', 'queue_wait', 'complete_by'] as const)(
  'a job that the time limit "%s" ended exits with 124',
  (cause) => {
    expect(code({ state: 'failed', cause, result: { exitCode: null, signal: 'SIGTERM' } })).toBe(124);
  },
);
test('a cancelled job exits with 130', () => expect(code({ state: 'cancelled', cause: 'cancelled' })).toBe(130));
test('a job that lost its workers exits with 1', () => expect(code({ state: 'failed', cause: 'worker_lost' })).toBe(1));

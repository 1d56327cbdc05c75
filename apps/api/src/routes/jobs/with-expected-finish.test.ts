import type { Job } from '@leeway/contract';
import { expect, test } from 'vitest';
import { withExpectedFinish } from './with-expected-finish.js';

const START_MS = Date.parse('2026-11-21T10:00:00.000Z');
const at = (ms: number) => new Date(START_MS + ms).toISOString();
const decision = { expectedMs: 2_000, lateMs: 4_000, deadlineMs: 8_000 };

/** A job that started at {@link START_MS}, as the queue shows it. */
function running(attempt: object = {}, more: object = {}): Job {
  const given = { startedAt: at(0), deadlineAt: at(8_000), allowedMs: 8_000, decision, ...attempt };
  return {
    state: 'running',
    attempts: [given],
    expected: { startAt: at(0), finishAt: at(2_000) },
    ...more,
  } as unknown as Job;
}
const leftMs = (job: Job, afterMs: number) =>
  Date.parse(withExpectedFinish(job, START_MS + afterMs).expected.finishAt ?? '') - START_MS - afterMs;

test('the expected finish of a running job is never in the past, and never moves to an earlier time (F5, F59)', () => {
  let before = 0;
  for (let afterMs = 0; afterMs <= 9_000; afterMs += 250) {
    const left = leftMs(running(), afterMs);
    expect(left).toBeGreaterThanOrEqual(0);
    expect(afterMs + left).toBeGreaterThanOrEqual(before);
    before = afterMs + left;
  }
  expect(leftMs(running(), 0)).toBe(2_000);
  expect(leftMs(running(), 3_000)).toBeGreaterThan(0);
});

test('the expected finish moves with a pause, and is in the future after an extension', () => {
  expect(leftMs(running({ deadlineAt: at(13_000) }), 5_000)).toBe(2_000);
  expect(leftMs(running({ deadlineAt: at(60_000), allowedMs: 60_000 }), 8_000)).toBeGreaterThan(0);
});

test('a job that does not run, or has no expectation, is unchanged', () => {
  for (const job of [
    running({}, { state: 'paused' }),
    running({ decision: null, allowedMs: null }),
    running({ decision: { ...decision, expectedMs: null, lateMs: null } }),
    running({}, { attempts: [] }),
  ])
    expect(withExpectedFinish(job, START_MS + 3_000)).toBe(job);
});

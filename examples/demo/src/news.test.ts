import { expect, test } from 'vitest';
import { attempt, job, task } from '../testing/fake-run.js';
import { DeadlineNews, newsOf } from './news.js';
import { RunLog } from './run-log.js';
import { QUICK } from './workload.js';

test('an ordinary success is no news', () => expect(newsOf(task(QUICK), undefined, job())).toEqual([]));

test('an attempt that was ended is told once, with what it was allowed', () => {
  const stopped = job({
    state: 'scheduled',
    attempts: [attempt({ outcome: 'stopped', cause: 'deadline', durationMs: 2_100 })],
  });
  expect(newsOf(task(QUICK, 'hangs'), undefined, stopped)).toEqual([
    'quick: the hung one: attempt 1 stopped after 2.1 s, 2 s allowed (deadline)',
  ]);
  expect(newsOf(task(QUICK, 'hangs'), stopped, stopped)).toEqual([]);
});

test('a deadline is news when it has become clearly tighter', () => {
  const log = new RunLog();
  const news = new DeadlineNews();
  const started = (deadlineMs: number, atMs: number) =>
    log.record(task(QUICK), job({ attempts: [attempt({ deadlineMs, atMs })] }));
  log.plan(QUICK, 3);
  started(600_000, 1);
  expect(news.lines(log)).toEqual(['quick: starts with a deadline of 10 min (from its own history)']);
  started(500_000, 2);
  expect(news.lines(log)).toEqual([]);
  started(2_000, 3);
  expect(news.lines(log)).toEqual(['quick: deadline 10 min -> 2 s (from its own history, 20 results)']);
});

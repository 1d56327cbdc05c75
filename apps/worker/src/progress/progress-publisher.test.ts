import { Supervisor, planPhases } from '@leeway/supervision';
import { type Decision, parsePolicy, type ProgressReport } from '@leeway/contract';
import type { Report } from '@leeway/queue';
import { systemClock } from '@leeway/runtime';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ProgressPublisher } from './progress-publisher.js';

const DECISION = {
  deadlineMs: 300_000,
  hardCapMs: 300_000,
  expectedMs: 100_000,
  lateMs: 200_000,
  firstOutputMs: null,
  idleMs: null,
  toolMs: null,
  caps: [],
} as unknown as Decision;
const policy = parsePolicy();
const EVERY_MS = policy.supervision.progressEveryMs;

beforeEach(() =>
  vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval', 'performance'] }),
);
afterEach(() => vi.useRealTimers());

/** An attempt whose handler does nothing, and what is told of it, with the time. */
function followed() {
  const reports: (Report & { atMs: number })[] = [];
  const startMs = performance.now();
  const supervisor = new Supervisor({
    decision: DECISION,
    graceMs: 50,
    clock: systemClock,
  });
  const follower = new ProgressPublisher({
    supervisor,
    reporter: { add: (report) => void reports.push({ ...report, atMs: performance.now() - startMs }) },
    clock: systemClock,
    policy,
    phases: planPhases(DECISION.deadlineMs, policy.phases),
    monitor: null,
  });
  void supervisor.run(() => new Promise((resolve) => supervisor.signal.addEventListener('abort', resolve)));
  follower.start();
  const progress = () =>
    reports.flatMap((report) =>
      report.type === 'progress' ? [{ ...(report.value as ProgressReport), atMs: report.atMs }] : [],
    );
  return { follower, supervisor, reports, progress };
}

test('progress is told at least every 8 s, whatever the handler awaits (F156)', async () => {
  const { follower, progress } = followed();
  await vi.advanceTimersByTimeAsync(120_000);
  follower.close();
  const times = [0, ...progress().map(({ atMs }) => atMs), 120_000];
  const gaps = times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0));
  expect(Math.max(...gaps)).toBeLessThan(EVERY_MS);
  // And not much oftener.
  expect(progress().length).toBeLessThan(120_000 / (EVERY_MS / 2));
});

test('it tells elapsed, expected and remaining time, percent and phase, and that it is silent (F157, F158)', async () => {
  const { follower, progress } = followed();
  await vi.advanceTimersByTimeAsync(70_000);
  follower.close();
  const last = progress().at(-1);
  expect(last).toMatchObject({ value: null, expectedMs: 100_000, deadlineMs: 300_000, percentIs: 'estimated' });
  expect((last?.elapsedMs ?? 0) + (last?.remainingMs ?? 0)).toBeGreaterThan(100_000);
  expect(last?.phase).toMatchObject({ name: 'deeper analysis', number: 2, of: 5 });
  expect(last?.notice).toEqual({ what: 'silent', forMs: last?.elapsedMs });
  const percents = progress().map(({ percent }) => percent ?? 0);
  expect(percents).toEqual(percents.toSorted((a, b) => a - b));
});

test('a notice comes as soon as it has been silent for 5 s, and when it thinks it says so (F158)', async () => {
  const { follower, progress } = followed();
  follower.output('something', 'text');
  await vi.advanceTimersByTimeAsync(1_000);
  follower.streamPart({ kind: 'thinking', text: 'Let me see.' });
  await vi.advanceTimersByTimeAsync(5_000);
  follower.close();
  expect(progress()[0]?.notice?.what).toBe('thinking');
  expect(progress()[0]?.atMs).toBeLessThanOrEqual(6_000);
});

test('empty output ends no silence', async () => {
  const { follower, progress } = followed();
  await vi.advanceTimersByTimeAsync(4_000);
  follower.output('', 'text');
  await vi.advanceTimersByTimeAsync(3_000);
  follower.close();
  expect(progress()[0]?.notice).toMatchObject({ what: 'silent' });
});

test('while it waits for a person it says that, its clocks stand and its phase too (F77)', async () => {
  const { follower, progress } = followed();
  await vi.advanceTimersByTimeAsync(50_000);
  follower.waiting.begin('approval');
  await vi.advanceTimersByTimeAsync(60_000);
  const waits = progress().at(-1);
  expect(waits?.notice?.what).toBe('waiting');
  expect(waits?.notice?.forMs).toBeGreaterThan(50_000);
  expect(waits).toMatchObject({ elapsedMs: 50_000, phase: { number: 1 } });
  follower.close();
});

test('what the handler reports is in every report from then on, at once', async () => {
  const { follower, progress } = followed();
  follower.progress({ done: 1, of: 4 });
  expect(progress()).toMatchObject([{ value: { done: 1, of: 4 }, percent: 25, percentIs: 'reported', atMs: 0 }]);
  await vi.advanceTimersByTimeAsync(10_000);
  follower.close();
  expect(progress().at(-1)).toMatchObject({ value: { done: 1, of: 4 }, percent: 25, notice: { what: 'silent' } });
});

test('phases are told as they begin, and the marker once (F88, F106)', async () => {
  const { follower, reports } = followed();
  await vi.advanceTimersByTimeAsync(61_000);
  expect(follower.phase()).toBe(true);
  expect(follower.phase('no such phase')).toBe(false);
  follower.completed();
  follower.completed();
  follower.close();
  const told = reports
    .filter(({ type }) => type === 'phase')
    .map((report) => (report as { value: { number: number } }).value.number);
  expect(told).toEqual([1, 2, 3]);
  expect(reports.filter(({ type }) => type === 'marker')).toHaveLength(1);
});

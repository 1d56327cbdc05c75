import { type Decision, parsePolicy, type ProgressReport } from '@leeway/contract';
import type { Report } from '@leeway/queue';
import { systemClock } from '@leeway/runtime';
import { Supervisor, planPhases } from '@leeway/supervision';
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

/** An attempt whose handler does nothing, and its events with their times. */
function publishing() {
  const events: (Report & { atMs: number })[] = [];
  const startMs = performance.now();
  const supervisor = new Supervisor({
    decision: DECISION,
    graceMs: 50,
    clock: systemClock,
  });
  const progress = new ProgressPublisher({
    supervisor,
    events: { add: (event) => void events.push({ ...event, atMs: performance.now() - startMs }) },
    clock: systemClock,
    policy,
    phases: planPhases(DECISION.deadlineMs, policy.phases),
    monitor: null,
  });
  void supervisor.run(() => new Promise((resolve) => supervisor.signal.addEventListener('abort', resolve)));
  progress.start();
  const published = () =>
    events.flatMap((event) =>
      event.type === 'progress' ? [{ ...(event.value as ProgressReport), atMs: event.atMs }] : [],
    );
  return { progress, supervisor, events, published };
}

test('progress is published at least every 8 s, whatever the handler awaits (F156)', async () => {
  const { progress, published } = publishing();
  await vi.advanceTimersByTimeAsync(120_000);
  progress.close();
  const times = [0, ...published().map(({ atMs }) => atMs), 120_000];
  const gaps = times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0));
  expect(Math.max(...gaps)).toBeLessThan(EVERY_MS);
  // And not much more often.
  expect(published().length).toBeLessThan(120_000 / (EVERY_MS / 2));
});

test('progress has elapsed, expected and remaining time, percent, phase, and a notice of silence (F157, F158)', async () => {
  const { progress, published } = publishing();
  await vi.advanceTimersByTimeAsync(70_000);
  progress.close();
  const last = published().at(-1);
  expect(last).toMatchObject({ value: null, expectedMs: 100_000, deadlineMs: 300_000, percentIs: 'estimated' });
  expect((last?.elapsedMs ?? 0) + (last?.remainingMs ?? 0)).toBeGreaterThan(100_000);
  expect(last?.phase).toMatchObject({ name: 'deeper analysis', number: 2, of: 5 });
  expect(last?.notice).toEqual({ what: 'silent', forMs: last?.elapsedMs });
  const percents = published().map(({ percent }) => percent ?? 0);
  expect(percents).toEqual(percents.toSorted((a, b) => a - b));
});

test('a notice is published after 5 s of silence, and shows when the attempt is thinking (F158)', async () => {
  const { progress, published } = publishing();
  progress.output('something', 'text');
  await vi.advanceTimersByTimeAsync(1_000);
  progress.streamPart({ kind: 'thinking', text: 'Let me see.' });
  await vi.advanceTimersByTimeAsync(5_000);
  progress.close();
  expect(published()[0]?.notice?.what).toBe('thinking');
  expect(published()[0]?.atMs).toBeLessThanOrEqual(6_000);
});

test('empty output does not end silence', async () => {
  const { progress, published } = publishing();
  await vi.advanceTimersByTimeAsync(4_000);
  progress.output('', 'text');
  await vi.advanceTimersByTimeAsync(3_000);
  progress.close();
  expect(published()[0]?.notice).toMatchObject({ what: 'silent' });
});

test('an attempt that waits for a person is reported as waiting, and its time and phase do not advance (F77)', async () => {
  const { progress, published } = publishing();
  await vi.advanceTimersByTimeAsync(50_000);
  progress.approval.begin('approval');
  await vi.advanceTimersByTimeAsync(60_000);
  const waiting = published().at(-1);
  expect(waiting?.notice?.what).toBe('waiting');
  expect(waiting?.notice?.forMs).toBeGreaterThan(50_000);
  expect(waiting).toMatchObject({ elapsedMs: 50_000, phase: { number: 1 } });
  progress.close();
});

test('a value of the handler is published at once and is in every later report', async () => {
  const { progress, published } = publishing();
  progress.progress({ done: 1, of: 4 });
  expect(published()).toMatchObject([{ value: { done: 1, of: 4 }, percent: 25, percentIs: 'reported', atMs: 0 }]);
  await vi.advanceTimersByTimeAsync(10_000);
  progress.close();
  expect(published().at(-1)).toMatchObject({ value: { done: 1, of: 4 }, percent: 25, notice: { what: 'silent' } });
});

test('phases are published as they begin, and completion is published once (F88, F106)', async () => {
  const { progress, events } = publishing();
  await vi.advanceTimersByTimeAsync(61_000);
  expect(progress.phase()).toBe(true);
  expect(progress.phase('no such phase')).toBe(false);
  progress.completed();
  progress.completed();
  progress.close();
  const begun = events
    .filter(({ type }) => type === 'phase')
    .map((event) => (event as { value: { number: number } }).value.number);
  expect(begun).toEqual([1, 2, 3]);
  expect(events.filter(({ type }) => type === 'marker')).toHaveLength(1);
});

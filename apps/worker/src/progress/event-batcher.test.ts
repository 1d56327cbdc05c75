import type { ClaimedAttempt, Report } from '@leeway/queue';
import { waitUntil } from '@leeway/testkit';
import { expect, test } from 'vitest';
import { EventBatcher, type EventBatcherOptions } from './event-batcher.js';

const attempt = {} as ClaimedAttempt;

/** A reporter whose store takes a batch when the test lets it. */
function reporting(options: Partial<EventBatcherOptions> = {}) {
  const batches: Report[][] = [];
  const open: (() => void)[] = [];
  const fenced: true[] = [];
  const errors: unknown[] = [];
  const reporter = new EventBatcher({
    attempts: {
      report: (_, batch) => {
        batches.push([...batch]);
        return new Promise((resolve) => open.push(() => resolve(true)));
      },
    },
    attempt,
    flushMs: 1,
    maxOutputBytes: 100_000,
    onFenced: () => fenced.push(true),
    onError: (error) => errors.push(error),
    ...options,
  });
  return {
    ...{ reporter, batches, fenced, errors },
    /** Lets the store take what it was sent. */
    async take() {
      await waitUntil(() => open.length > 0, { what: 'a batch' });
      open.shift()?.();
    },
  };
}

const text = (batches: Report[][]) =>
  batches
    .flat()
    .map((report) => (report.type === 'output' ? report.text : ''))
    .join('');

test('joins output that follows on itself, and keeps the order', async () => {
  const { reporter, batches, take } = reporting();
  reporter.output('a', 'stdout');
  reporter.output(Buffer.from('b'), 'stdout');
  reporter.output('c', 'stderr');
  reporter.add({ type: 'late', lateMs: 5 });
  await take();
  expect(batches).toEqual([
    [
      { type: 'output', stream: 'stdout', text: 'ab' },
      { type: 'output', stream: 'stderr', text: 'c' },
      { type: 'late', lateMs: 5 },
    ],
  ]);
});

test('does not cut a character that comes in two pieces', async () => {
  const { reporter, batches, take } = reporting();
  const [first, ...rest] = Buffer.from('€');
  reporter.output(Buffer.from([first as number]), 'text');
  reporter.output(Buffer.from(rest), 'text');
  await take();
  expect(text(batches)).toBe('€');
});

test('while the store takes a batch the rest waits, and of progress and checkpoints only the newest (F81)', async () => {
  const { reporter, batches, take } = reporting();
  reporter.add({ type: 'progress', value: 'first' });
  await waitUntil(() => batches.length === 1, { what: 'the first batch' });
  for (let i = 0; i < 10_000; i += 1) {
    reporter.add({ type: 'progress', value: i });
    reporter.add({ type: 'checkpoint', value: i });
  }
  const over = reporter.flush();
  expect(batches).toHaveLength(1);
  await take();
  await take();
  await over;
  expect(batches[1]).toEqual([
    { type: 'progress', value: 9_999 },
    { type: 'checkpoint', value: 9_999 },
  ]);
});

test('sends output until the store knows that there is too much, and no more, in pieces that fit (F81)', async () => {
  const batches: Report[][] = [];
  const { reporter } = reporting({
    maxOutputBytes: 50_000,
    attempts: { report: async (_, batch) => batches.push([...batch]) > 0 },
  });
  for (let i = 0; i < 1_000; i += 1) reporter.output('x'.repeat(1_000), 'text');
  await reporter.close();
  expect(text(batches)).toHaveLength(51_000);
  for (const report of batches.flat()) expect((report as { text: string }).text.length).toBeLessThan(20_000);
});

test('takes nothing more once it is closed (F81)', async () => {
  const { reporter, batches, take } = reporting();
  reporter.output('in time', 'text');
  const closed = reporter.close();
  reporter.output('late', 'text');
  reporter.add({ type: 'progress', value: 'late' });
  await take();
  await closed;
  expect(batches).toEqual([[{ type: 'output', stream: 'text', text: 'in time' }]]);
});

test('tells that the attempt is no longer the open one, and that a batch was lost', async () => {
  const { reporter, fenced } = reporting({ attempts: { report: async () => false } });
  reporter.output('x', 'text');
  await reporter.close();
  expect(fenced).toEqual([true]);
  const lost = reporting({ attempts: { report: () => Promise.reject(new Error('Redis is away')) } });
  lost.reporter.output('x', 'text');
  await lost.reporter.close();
  expect(lost.errors).toEqual([new Error('Redis is away')]);
});

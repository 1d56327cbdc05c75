import type { ClaimedAttempt, Report } from '@leeway/queue';
import { waitUntil } from '@leeway/testkit';
import { expect, test } from 'vitest';
import { EventBatcher, type EventBatcherOptions } from './event-batcher.js';

const attempt = {} as ClaimedAttempt;

/** A batcher whose store accepts a batch when the test allows it. */
function batching(options: Partial<EventBatcherOptions> = {}) {
  const batches: Report[][] = [];
  const open: (() => void)[] = [];
  const fenced: true[] = [];
  const errors: unknown[] = [];
  const events = new EventBatcher({
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
    ...{ events, batches, fenced, errors },
    /** Makes the store accept the batch that it was sent. */
    async accept() {
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

test('joins successive output of one stream, and keeps the order', async () => {
  const { events, batches, accept } = batching();
  events.output('a', 'stdout');
  events.output(Buffer.from('b'), 'stdout');
  events.output('c', 'stderr');
  events.add({ type: 'late', lateMs: 5 });
  await accept();
  expect(batches).toEqual([
    [
      { type: 'output', stream: 'stdout', text: 'ab' },
      { type: 'output', stream: 'stderr', text: 'c' },
      { type: 'late', lateMs: 5 },
    ],
  ]);
});

test('joins the bytes of a character that comes in two pieces', async () => {
  const { events, batches, accept } = batching();
  const [first, ...rest] = Buffer.from('€');
  events.output(Buffer.from([first as number]), 'text');
  events.output(Buffer.from(rest), 'text');
  await accept();
  expect(text(batches)).toBe('€');
});

test('sends one batch at a time, and only the newest of the progress and checkpoints that came meanwhile (F81)', async () => {
  const { events, batches, accept } = batching();
  events.add({ type: 'progress', value: 'first' });
  await waitUntil(() => batches.length === 1, { what: 'the first batch' });
  for (let i = 0; i < 10_000; i += 1) {
    events.add({ type: 'progress', value: i });
    events.add({ type: 'checkpoint', value: i });
  }
  const over = events.flush();
  expect(batches).toHaveLength(1);
  await accept();
  await accept();
  await over;
  expect(batches[1]).toEqual([
    { type: 'progress', value: 9_999 },
    { type: 'checkpoint', value: 9_999 },
  ]);
});

test('sends output in pieces until a little more than the limit, and drops the rest (F81)', async () => {
  const batches: Report[][] = [];
  const { events } = batching({
    maxOutputBytes: 50_000,
    attempts: { report: async (_, batch) => batches.push([...batch]) > 0 },
  });
  for (let i = 0; i < 1_000; i += 1) events.output('x'.repeat(1_000), 'text');
  await events.close();
  expect(text(batches)).toHaveLength(51_000);
  for (const report of batches.flat()) expect((report as { text: string }).text.length).toBeLessThan(20_000);
});

test('ignores events after it was closed (F81)', async () => {
  const { events, batches, accept } = batching();
  events.output('in time', 'text');
  const closed = events.close();
  events.output('late', 'text');
  events.add({ type: 'progress', value: 'late' });
  await accept();
  await closed;
  expect(batches).toEqual([[{ type: 'output', stream: 'text', text: 'in time' }]]);
});

test('calls onFenced when the attempt was fenced, and onError when a batch was lost', async () => {
  const { events, fenced } = batching({ attempts: { report: async () => false } });
  events.output('x', 'text');
  await events.close();
  expect(fenced).toEqual([true]);
  const lost = batching({ attempts: { report: () => Promise.reject(new Error('Redis is away')) } });
  lost.events.output('x', 'text');
  await lost.events.close();
  expect(lost.errors).toEqual([new Error('Redis is away')]);
});

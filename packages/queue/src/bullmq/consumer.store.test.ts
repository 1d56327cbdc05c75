import { waitUntil } from '@leeway/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startQueueBench, type QueueBench } from '../../testing/queue-bench.js';

let bench: QueueBench;
beforeEach(async () => {
  bench = await startQueueBench();
});
afterEach(() => bench.stop());

it('tells for how long BullMQ has not answered a question for a job, and that it does not ask with all slots taken', async () => {
  let nowMs = 0;
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const consumer = bench.another('w2', () => nowMs).consumer({ queue: 'command', concurrency: 1, handle: () => held });
  expect(consumer.askingForMs).toBe(0);
  consumer.start();
  nowMs = 700;
  expect(consumer.askingForMs).toBe(700);
  // An answer, though there is no job: it asks anew.
  await waitUntil(() => consumer.askingForMs === 0, { what: 'BullMQ to answer' });
  await bench.submit();
  await waitUntil(() => consumer.busy === 1, { what: 'the job to be taken' });
  nowMs = 60_000;
  expect(consumer.askingForMs).toBe(0);
  release();
  await consumer.stopTaking();
  consumer.close();
});

import { waitUntil } from '@leeway/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startQueueBench, type QueueBench } from '../../testing/queue-bench.js';

let bench: QueueBench;
beforeEach(async () => {
  bench = await startQueueBench();
});
afterEach(() => bench.stop());

it('the time for which BullMQ has not replied to a take is known, and is 0 while all slots are taken', async () => {
  let nowMs = 0;
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const consumer = bench.another('w2', () => nowMs).consumer({ queue: 'command', concurrency: 1, handle: () => held });
  expect(consumer.askingForMs).toBe(0);
  consumer.start();
  nowMs = 700;
  expect(consumer.askingForMs).toBe(700);
  // BullMQ replies although there is no job, and the consumer asks again.
  await waitUntil(() => consumer.askingForMs === 0, { what: 'BullMQ to reply' });
  await bench.submit();
  await waitUntil(() => consumer.busy === 1, { what: 'the job to be taken' });
  nowMs = 60_000;
  expect(consumer.askingForMs).toBe(0);
  release();
  await consumer.stopTaking();
  consumer.close();
});

it('several jobs are taken at once while there are some, and never more than the concurrency', async () => {
  const jobs = 40;
  const concurrency = 5;
  for (let i = 0; i < jobs; i += 1) await bench.submit();
  const ran: string[] = [];
  let most = 0;
  let release = () => {};
  const full = new Promise<void>((resolve) => (release = resolve));
  const consumer = bench.another('w2').consumer({
    queue: 'command',
    concurrency,
    handle: async (job, token) => {
      ran.push(job.id as string);
      most = Math.max(most, consumer.busy);
      if (ran.length === concurrency) release();
      await full;
      await job.moveToCompleted(null, token, false);
    },
  });
  consumer.start();
  await waitUntil(() => ran.length >= jobs && consumer.busy === 0, { what: 'all jobs to run' });
  expect(new Set(ran).size).toBe(jobs);
  expect(most).toBe(concurrency);
  await consumer.stopTaking();
  consumer.close();
});

it('a job that is handed out while the consumer stops is returned, and runs on another worker', async () => {
  const jobs = 20;
  for (let i = 0; i < jobs; i += 1) await bench.submit();
  const ran = new Set<string>();
  const run = (name: string) =>
    bench.another(name).consumer({
      queue: 'command',
      concurrency: 4,
      handle: async (job, token) => {
        ran.add(job.id as string);
        await job.moveToCompleted(null, token, false);
      },
    });
  const first = run('w2');
  first.start();
  await waitUntil(() => ran.size > 0, { what: 'a job to run' });
  await first.stopTaking();
  first.close();
  const second = run('w3');
  second.start();
  await waitUntil(() => ran.size === jobs, { what: 'the rest to run on the other worker' });
  await second.stopTaking();
  second.close();
});

import type { JobId } from '@leeway/contract';
import { waitUntil } from '@leeway/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Consumer } from '../bullmq/consumer.js';
import { chatQueue, PREFIX } from '../redis/keys.js';
import { startQueueBench, type QueueBench } from '../../testing/queue-bench.js';

const LONG_MS = 60_000;
const provider = 'local';
const input = { model: 'm', messages: [{ role: 'user', content: 'x' }] };

let bench: QueueBench;
let consumers: Consumer[];
/** Ids of the jobs that were handed out, in order; each runs until `done` is called. */
let handed: string[];
let done: (() => void)[];
beforeEach(async () => {
  handed = [];
  done = [];
  bench = await startQueueBench({
    policy: {
      providers: { [provider]: { baseUrl: 'http://127.0.0.1:1/v1', breakerFailures: 1, breakerOpenMs: LONG_MS } },
    },
  });
  consumers = ['w1', 'w2'].map((worker) =>
    bench.another(worker).consumer({
      queue: chatQueue(provider),
      concurrency: 10,
      provider,
      handle: (job) => {
        handed.push(job.id ?? '');
        return new Promise((resolve) => void done.push(resolve));
      },
    }),
  );
});
afterEach(async () => {
  for (const end of done) end();
  await Promise.all(consumers.map((consumer) => consumer.stopTaking()));
  for (const consumer of consumers) consumer.close();
  await bench.stop();
});

const submit = async () => (await bench.submit({ kind: 'chat', input })).id;
const waiting = () => bench.raw.zcard(`${PREFIX}:bull:${chatQueue(provider)}:prioritized`);
const start = () => {
  for (const consumer of consumers) consumer.start();
};
const timeOver = () => bench.raw.hset(`${PREFIX}:provider:${provider}`, 'until', 1);

it('jobs of a provider wait in their order while its circuit is open (F147)', async () => {
  const { providers } = bench.store;
  await providers.failed(provider, 'j0' as JobId, 'answered 500');
  start();
  const ids = [await submit(), await submit(), await submit()];
  await waitUntil(async () => (await waiting()) === 3, { what: 'all jobs to wait' });
  expect(handed).toEqual([]);
  await providers.resume(provider);
  await waitUntil(() => handed.length === 3, { what: 'all jobs to be taken' });
  expect(handed.toSorted()).toEqual(ids.toSorted());
});

it('after an open circuit one job is the probe, and the others follow once it was answered (F147)', async () => {
  const { providers } = bench.store;
  await providers.failed(provider, 'j0' as JobId, 'answered 500');
  const ids = [await submit(), await submit(), await submit()];
  await timeOver();
  start();
  await waitUntil(() => handed.length === 1, { what: 'the probe' });
  // Both workers may have taken a job before they asked for admission.
  expect(ids).toContain(handed[0]);
  await waitUntil(async () => (await waiting()) === 2, { what: 'the others to wait' });
  expect(await providers.read(provider)).toMatchObject({ state: 'half_open', probing: true });
  await providers.answered(provider, handed[0] as JobId, { complete: true });
  await waitUntil(() => handed.length === 3, { what: 'the others' });
});

it('another job is the probe when the first one ended without an answer of the provider (F147)', async () => {
  const { providers } = bench.store;
  await providers.failed(provider, 'j0' as JobId, 'answered 500');
  const ids = [await submit(), await submit()];
  await timeOver();
  start();
  await waitUntil(() => handed.length === 1, { what: 'the first probe' });
  done[0]?.();
  await waitUntil(() => handed.length === 2, { what: 'the second probe' });
  expect(handed.toSorted()).toEqual(ids.toSorted());
});

it('the queue-wait limit of a job also counts while its provider takes no calls (F145)', async () => {
  const { providers } = bench.store;
  await providers.quotaExhausted(provider, 'j0' as JobId, { waitMs: LONG_MS, reason: 'no quota' });
  start();
  const { id } = await bench.submit({ kind: 'chat', input, limits: { queueMs: 50 } });
  await waitUntil(async () => (await bench.store.watchdog.sweep()).expired === 1, { what: 'the wait to end' });
  expect(await bench.get(id)).toMatchObject({ state: 'failed', cause: 'queue_wait' });
  expect(handed).toEqual([]);
});

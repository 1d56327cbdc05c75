import type { JobId } from '@leeway/contract';
import { parsePolicy } from '@leeway/contract';
import { WorkerStore } from '@leeway/queue';
import { systemClock } from '@leeway/runtime';
import { startRedis, waitUntil, type PrivateRedis } from '@leeway/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { serveDashboard, type ServedDashboard } from '../testing/serve-dashboard.js';

const policy = { providers: { openai: { baseUrl: 'http://127.0.0.1:1/v1' } } };
const HOUR_MS = 3_600_000;

let redis: PrivateRedis;
let served: ServedDashboard;
let worker: WorkerStore;
beforeAll(async () => {
  redis = await startRedis();
  served = await serveDashboard({ redisUrl: redis.url, policy });
  worker = new WorkerStore({
    redisUrl: redis.url,
    policy: parsePolicy(policy),
    worker: 'w1',
    clock: systemClock,
    onError: () => {},
  });
});
afterAll(async () => {
  await served.stop();
  await worker.close();
  await redis.stop();
});

const page = async () => (await fetch(`${served.url}/`)).text();
const resume = (name: string, origin: string) =>
  fetch(`${served.url}/providers/${name}/resume`, { method: 'POST', headers: { origin }, redirect: 'manual' });

it('the overview shows a parked provider, until when and why, and a button that resumes it (F145)', async () => {
  expect(await page()).toContain('takes calls');
  const reason = 'it answered 429 (insufficient_quota)';
  await worker.providers.quotaExhausted('openai', 'j1' as JobId, { waitMs: HOUR_MS, reason });
  const parked = await waitUntil(async () => ((await page()).includes('parked') ? page() : undefined), {
    what: 'the provider to be shown as parked',
  });
  expect(parked).toContain('The provider openai has reached its usage limit, so no calls are made to it for another');
  expect(parked).toContain(reason);
  expect(parked).toContain('action="/providers/openai/resume"');
  expect((await resume('openai', 'http://elsewhere.example')).status).toBe(403);
  expect((await worker.providers.read('openai')).state).toBe('parked');
  const done = await resume('openai', served.url);
  expect([done.status, done.headers.get('location')]).toEqual([303, '/']);
  expect((await worker.providers.read('openai')).state).toBe('closed');
  expect((await resume('nobody', served.url)).status).toBe(404);
});

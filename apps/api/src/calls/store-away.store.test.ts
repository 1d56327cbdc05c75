import { startRedis, waitUntil, type PrivateRedis } from '@leeway/testkit';
import { describe, expect, test, type TestContext } from 'vitest';
import { hello, startApi, type ApiResponse, type RunningApi } from '../../testing/running-api.js';

/** The limit is two seconds; a busy machine may be late. */
const LIMIT_MS = 4_000;
const someJob = '/v1/jobs/j00000000000000000000000000';

/** Every call that needs Redis. */
const calls: [string, (api: RunningApi) => Promise<ApiResponse>][] = [
  ['POST /v1/jobs', (api) => api.post('/v1/jobs', hello)],
  ['POST /v1/jobs with a key', (api) => api.post('/v1/jobs', hello, { 'idempotency-key': 'k' })],
  ['POST /v1/estimates', (api) => api.post('/v1/estimates', hello)],
  ['GET /v1/jobs/:id', (api) => api.get(someJob)],
  ['GET /v1/jobs/:id?wait', (api) => api.get(`${someJob}?wait=30`)],
  ['GET /v1/jobs', (api) => api.get('/v1/jobs')],
  ['POST cancel', (api) => api.post(`${someJob}/cancel`)],
  ['GET events', (api) => api.get(`${someJob}/events`)],
  ['GET output', (api) => api.get(`${someJob}/output`)],
  ['GET /v1/classes', (api) => api.get('/v1/classes')],
  ['GET /v1/classes/:class', (api) => api.get('/v1/classes/x')],
  ['GET /v1/workers', (api) => api.get('/v1/workers')],
  ['GET /readyz', (api) => api.get('/readyz')],
];

/** An API with a Redis of its own, which ends with the test. */
async function startBoth({ onTestFinished }: TestContext, prepare?: (redis: PrivateRedis) => Promise<void>) {
  const redis = await startRedis({ appendOnly: true });
  await prepare?.(redis);
  const api = await startApi({ redis, becomesReady: prepare === undefined });
  onTestFinished(async () => {
    await api.stop();
    await redis.stop();
  });
  return { api, redis };
}

async function expectAway(api: RunningApi): Promise<void> {
  await Promise.all(
    calls.map(async ([name, call]) => {
      const began = performance.now();
      const response = await call(api);
      const tookMs = performance.now() - began;
      expect(response.status, `${name}: ${response.text}`).toBe(503);
      expect(['store_unavailable', 'outcome_unknown'], name).toContain(response.json.code);
      expect(Number(response.headers['retry-after']), name).toBeGreaterThan(0);
      expect(tookMs, name).toBeLessThan(LIMIT_MS);
    }),
  );
}

const waitUntilReady = (api: RunningApi) =>
  waitUntil(async () => (await api.get('/readyz')).status === 200, { what: 'the API to become ready' });

describe('every call replies 503 with Retry-After within 2 s', () => {
  test('while Redis has never been there; the API starts and is alive, and becomes ready when Redis comes', async (context) => {
    let began = 0;
    const { api, redis } = await startBoth(context, async (unused) => {
      await unused.kill9();
      began = performance.now();
    });
    expect(performance.now() - began).toBeLessThan(5_000);
    expect((await api.get('/healthz')).status).toBe(200);
    await expectAway(api);
    await redis.restart();
    await waitUntilReady(api);
    await api.submit(hello);
  });

  test('after Redis was killed; accepted jobs are there when it is back', async (context) => {
    const { api, redis } = await startBoth(context);
    const job = await api.submit(hello);
    // The append-only file is synced once a second, but the kill of the process alone loses nothing that was written.
    await redis.kill9();
    await expectAway(api);
    await redis.restart();
    await waitUntilReady(api);
    expect((await api.get(`/v1/jobs/${job.id}`)).json.id).toBe(job.id);
  });

  test('while Redis is frozen; metrics and health still work', async (context) => {
    const { api, redis } = await startBoth(context);
    await api.submit(hello);
    redis.freeze();
    try {
      await expectAway(api);
      expect((await api.get('/metrics')).text).toContain('leeway_store_up{process="api"} 0');
      expect((await api.get('/healthz')).status).toBe(200);
    } finally {
      redis.thaw();
    }
    await waitUntilReady(api);
  });

  test('when Redis is killed during a long wait for a job', async (context) => {
    const { api, redis } = await startBoth(context);
    const { id } = await api.submit(hello);
    const waiting = api.get(`/v1/jobs/${id}?wait=30`);
    await api.waitForGauge(1);
    await redis.kill9();
    expect(await waiting).toMatchObject({ status: 503, json: { code: 'store_unavailable' } });
  });
});

import { startRedis, waitUntil } from '@leeway/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { hello, startApi, type Answer, type RunningApi } from '../../testing/running-api.js';

/** Two seconds are promised; a machine that is busy with other tests may be late to say so. */
const LIMIT_MS = 4_000;
const someJob = '/v1/jobs/j00000000000000000000000000';

/** Every call that needs Redis. */
const calls: [string, (api: RunningApi) => Promise<Answer>][] = [
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

let api: RunningApi | undefined;
afterEach(async () => {
  await api?.stop();
  api = undefined;
});

async function expectAway(started: RunningApi): Promise<void> {
  await Promise.all(
    calls.map(async ([name, call]) => {
      const began = performance.now();
      const answer = await call(started);
      const tookMs = performance.now() - began;
      expect(answer.status, `${name}: ${answer.text}`).toBe(503);
      expect(['store_unavailable', 'outcome_unknown'], name).toContain(answer.json.code);
      expect(Number(answer.headers['retry-after']), name).toBeGreaterThan(0);
      expect(tookMs, name).toBeLessThan(LIMIT_MS);
    }),
  );
}

describe('while Redis is away every call answers 503 with Retry-After within 2 s', () => {
  test('when Redis was never there: the API starts, lives, is not ready, and becomes ready', async () => {
    const redis = await startRedis();
    await redis.kill9();
    const began = performance.now();
    api = await startApi({ redis });
    expect(performance.now() - began).toBeLessThan(5_000);
    expect((await api.get('/healthz')).status).toBe(200);
    await expectAway(api);
    await redis.restart();
    const running = api;
    await waitUntil(async () => (await running.get('/readyz')).status === 200, { what: 'the API to become ready' });
    await running.submit(hello);
    await redis.stop();
  });

  test('when Redis was killed; and jobs that were accepted are there when it is back', async () => {
    const redis = await startRedis({ appendOnly: true });
    const running = (api = await startApi({ redis }));
    const job = await running.submit(hello);
    // The append-only file is synced within a second; kill -9 of the process alone loses nothing that was written.
    await redis.kill9();
    await expectAway(running);
    await redis.restart();
    await waitUntil(async () => (await running.get('/readyz')).status === 200, {
      what: 'the API to become ready again',
    });
    expect((await running.get(`/v1/jobs/${job.id}`)).json.id).toBe(job.id);
    await redis.stop();
  });

  test('when Redis is there and answers nothing: a submission says that its outcome is unknown', async () => {
    const redis = await startRedis();
    const running = (api = await startApi({ redis }));
    await running.submit(hello);
    redis.freeze();
    try {
      await expectAway(running);
      expect((await running.get('/metrics')).text).toContain('leeway_store_up{process="api"} 0');
      expect((await running.get('/healthz')).status).toBe(200);
    } finally {
      redis.thaw();
    }
    await waitUntil(async () => (await running.get('/readyz')).status === 200, {
      what: 'the API to become ready again',
    });
    await redis.stop();
  });

  test('a request that waits for a job gets its 503 too, long before the wait is over', async () => {
    const redis = await startRedis();
    const running = (api = await startApi({ redis }));
    const { id } = await running.submit(hello);
    const waiting = running.get(`/v1/jobs/${id}?wait=30`);
    await waitUntil(
      async () => (await running.get('/metrics')).text.includes('leeway_open_requests{process="api"} 1'),
      { what: 'the wait to begin' },
    );
    await redis.kill9();
    expect(await waiting).toMatchObject({ status: 503, json: { code: 'store_unavailable' } });
    await redis.stop();
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyHash, testKeys, withKey } from '../../testing/keys.js';
import { hello, startApi, type RunningApi } from '../../testing/running-api.js';

const keys = testKeys(
  { name: 'acme', tier: 'free' },
  { name: 'zeta' },
  { name: 'viewer', tenant: 'acme', tier: 'free', scopes: ['read'] },
  { name: 'ops', scopes: ['admin'] },
);
const acme = withKey('acme');
const zeta = withKey('zeta');
const ops = withKey('ops');

let api: RunningApi;
beforeAll(async () => {
  api = await startApi({ keys, policy: { tiers: { free: { maxPriority: 5 } } } });
});
afterAll(() => api.stop());

describe('an API with keys', () => {
  const wrong: Record<string, string>[] = [
    {},
    { authorization: 'Bearer wrong' },
    { authorization: 'Basic YTpi' },
    { authorization: 'Bearer' },
    { authorization: `Bearer ${keyHash('acme')}` },
  ];
  test.each(wrong)('refuses a request with the headers %j', async (headers) => {
    const response = await api.get('/v1/jobs', headers);
    expect(response).toMatchObject({ status: 401, json: { code: 'unauthorized' } });
    expect(response.headers['www-authenticate']).toMatch(/^Bearer/);
  });

  test('needs no key to show its health, its versions and its documentation', async () => {
    for (const path of ['/healthz', '/readyz', '/version', '/docs', '/openapi.json'])
      expect((await api.get(path)).status, path).toBe(200);
  });

  test('shows a tenant only its own jobs; for other tenants they do not exist', async () => {
    const mine = await api.submit(hello, acme);
    expect(mine).toMatchObject({ tenant: 'acme', tier: 'free' });
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/events'],
      ['GET', '/output'],
      ['GET', '?wait=5'],
      ['POST', '/cancel'],
    ] as const) {
      const response = await api.call(method, `/v1/jobs/${mine.id}${path}`, { headers: zeta });
      expect(response, path).toMatchObject({ status: 404, json: { code: 'job_not_found' } });
    }
    expect((await api.get('/v1/jobs', zeta)).json.jobs).toEqual([]);
    expect((await api.get(`/v1/jobs/${mine.id}`, acme)).json.state).toBe('queued');
    expect((await api.get('/v1/jobs?tenant=acme', zeta)).json.code).toBe('forbidden');
    expect((await api.get('/v1/jobs?tenant=acme', ops)).json.jobs).toHaveLength(1);
    expect((await api.get(`/v1/jobs/${mine.id}`, ops)).status).toBe(200);
  });

  test('makes two jobs of one Idempotency-Key that two tenants use', async () => {
    const one = await api.submit(hello, { ...acme, 'idempotency-key': 'k' });
    const two = await api.submit(hello, { ...zeta, 'idempotency-key': 'k' });
    expect(one.id).not.toBe(two.id);
  });

  test('allows a key only the calls in its scopes', async () => {
    const viewer = withKey('viewer');
    expect((await api.get('/v1/jobs', viewer)).status).toBe(200);
    expect(await api.post('/v1/jobs', hello, viewer)).toMatchObject({ status: 403, json: { code: 'forbidden' } });
    expect((await api.get('/metrics', acme)).status).toBe(403);
    expect((await api.get('/metrics', ops)).status).toBe(200);
  });

  test('caps the deadline with the tier of the key, whatever the body contains (F2)', async () => {
    const job = await api.submit({ ...hello, timeoutMs: 60_000 }, acme);
    expect(job.decision).toMatchObject({ deadlineMs: 8_000 });
    expect(job.decision?.caps.findLast((cap) => cap.bit)).toMatchObject({ name: 'tier', limitMs: 8_000 });
    expect(job.limits).toEqual({ timeoutMs: 60_000 });
    expect(await api.post('/v1/jobs', { ...hello, tier: 'default' }, acme)).toMatchObject({ status: 400 });
    expect(await api.post('/v1/jobs', { ...hello, priority: 6 }, acme)).toMatchObject({
      status: 400,
      json: { errors: [{ path: '/priority' }] },
    });
  });

  test('never writes a key into its log', async () => {
    await api.get('/v1/jobs', acme);
    await api.get('/v1/jobs', { authorization: 'Bearer another-secret' });
    expect(api.lines.join('\n')).not.toMatch(/acme-key|another-secret/);
    expect(api.lines.some((line) => line.includes('"event":"request"'))).toBe(true);
  });
});

import { createHash } from 'node:crypto';
import { parseKeys } from '@leeway/runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hello, startApi, type RunningApi } from '../../testing/running-api.js';

const hash = (key: string) => `sha256:${createHash('sha256').update(key).digest('hex')}`;
const keys = parseKeys(
  {
    keys: [
      { name: 'acme', hash: hash('acme-key'), tenant: 'acme', tier: 'free' },
      { name: 'zeta', hash: hash('zeta-key'), tenant: 'zeta', tier: 'default' },
      { name: 'viewer', hash: hash('view-key'), tenant: 'acme', tier: 'free', scopes: ['read'] },
      { name: 'ops', hash: hash('ops-key'), tenant: 'ops', tier: 'default', scopes: ['admin'] },
    ],
  },
  ['default', 'free'],
);
const as = (key: string) => ({ authorization: `Bearer ${key}` });
const acme = as('acme-key');
const zeta = as('zeta-key');
const ops = as('ops-key');

let api: RunningApi;
beforeAll(async () => {
  api = await startApi({ keys, policy: { tiers: { free: { maxPriority: 5 } } } });
});
afterAll(() => api.stop());

describe('with keys', () => {
  const wrong: Record<string, string>[] = [
    {},
    { authorization: 'Bearer wrong' },
    { authorization: 'Basic YTpi' },
    { authorization: 'Bearer' },
    { authorization: `Bearer ${hash('acme-key')}` },
  ];
  test.each(wrong)('nobody gets in with %j', async (headers) => {
    const answer = await api.get('/v1/jobs', headers);
    expect(answer).toMatchObject({ status: 401, json: { code: 'unauthorized' } });
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
  });

  test('whether it lives and what it can do needs no key', async () => {
    for (const path of ['/healthz', '/readyz', '/version', '/docs', '/openapi.json'])
      expect((await api.get(path)).status, path).toBe(200);
  });

  test('a tenant sees its own jobs only; those of others are not there', async () => {
    const mine = await api.submit(hello, acme);
    expect(mine).toMatchObject({ tenant: 'acme', tier: 'free' });
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/events'],
      ['GET', '/output'],
      ['GET', '?wait=5'],
      ['POST', '/cancel'],
    ] as const) {
      const answer = await api.call(method, `/v1/jobs/${mine.id}${path}`, { headers: zeta });
      expect(answer, path).toMatchObject({ status: 404, json: { code: 'job_not_found' } });
    }
    expect((await api.get('/v1/jobs', zeta)).json.jobs).toEqual([]);
    expect((await api.get(`/v1/jobs/${mine.id}`, acme)).json.state).toBe('queued');
    expect((await api.get('/v1/jobs?tenant=acme', zeta)).json.code).toBe('forbidden');
    expect((await api.get('/v1/jobs?tenant=acme', ops)).json.jobs).toHaveLength(1);
    expect((await api.get(`/v1/jobs/${mine.id}`, ops)).status).toBe(200);
  });

  test('the same Idempotency-Key of two tenants is two jobs', async () => {
    const one = await api.submit(hello, { ...acme, 'idempotency-key': 'k' });
    const two = await api.submit(hello, { ...zeta, 'idempotency-key': 'k' });
    expect(one.id).not.toBe(two.id);
  });

  test('a key may do what its scopes say', async () => {
    const viewer = as('view-key');
    expect((await api.get('/v1/jobs', viewer)).status).toBe(200);
    expect(await api.post('/v1/jobs', hello, viewer)).toMatchObject({ status: 403, json: { code: 'forbidden' } });
    expect((await api.get('/metrics', acme)).status).toBe(403);
    expect((await api.get('/metrics', ops)).status).toBe(200);
  });

  test('the tier of the key caps the clocks, and nothing in the body can change it (F2)', async () => {
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

  test('no key ever gets into the log', async () => {
    await api.get('/v1/jobs', acme);
    await api.get('/v1/jobs', { authorization: 'Bearer another-secret' });
    expect(api.lines.join('\n')).not.toMatch(/acme-key|another-secret/);
    expect(api.lines.some((line) => line.includes('"event":"request"'))).toBe(true);
  });
});

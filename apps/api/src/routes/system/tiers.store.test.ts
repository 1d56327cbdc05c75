import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testKeys, withKey as as } from '../../../testing/keys.js';
import { hello, startApi, type RunningApi } from '../../../testing/running-api.js';

const PLANS = ['free', 'early', 'mid', 'platform', 'enterprise', 'talk'];
const keys = testKeys(...PLANS.map((tier) => ({ name: tier, tenant: 'acme', tier })));
const talking = { kind: 'chat', input: { model: 'm', messages: [{ role: 'user', content: 'hello' }] } };

let api: RunningApi;
let open: RunningApi;
beforeAll(async () => {
  const policy = {
    environment: 'production',
    tiers: { talk: { attemptMs: 10_000, streamingMs: 40_000, clientWaitMs: 60_000 } },
    providers: { house: { baseUrl: 'http://127.0.0.1:9/v1' } },
  };
  api = await startApi({ keys, policy });
  open = await startApi({ redis: api.redis, policy });
});
afterAll(async () => {
  await open.stop();
  await api.stop();
});

describe('the tier of a key', () => {
  test.each([
    ['free', 8_000],
    ['early', 8_000],
    ['mid', 60_000],
    ['platform', 120_000],
    ['enterprise', 300_000],
  ])('%s caps an attempt at %d ms, even when the submission wants more (F2, F122, F132)', async (tier, attemptMs) => {
    const job = await api.submit({ ...hello, timeoutMs: 3_600_000 }, as(tier));
    expect(job).toMatchObject({ tier, stream: false, decision: { deadlineMs: attemptMs, hardCapMs: attemptMs } });
    expect(job.decision?.caps.findLast(({ bit }) => bit)).toMatchObject({ name: 'tier', limitMs: attemptMs });
    expect(job.limits).toEqual({ timeoutMs: 3_600_000 });
  });

  test('keeps a shorter timeout of the submission', async () => {
    const job = await api.submit({ ...hello, timeoutMs: 3_000 }, as('free'));
    expect(job.decision).toMatchObject({ deadlineMs: 3_000, basis: 'explicit' });
    expect(job.decision?.caps.findLast(({ bit }) => bit)?.name).toBe('explicit');
  });

  test('cannot be chosen in a body (F122)', async () => {
    const response = await api.post('/v1/jobs', { ...hello, tier: 'enterprise' }, as('free'));
    expect(response).toMatchObject({ status: 400, json: { code: 'invalid_request' } });
    expect(response.json.detail).toContain('unknown field "tier"');
    expect((await open.post('/v1/jobs', { ...hello, environment: 'local' })).status).toBe(400);
  });

  test('does not matter where there are no keys: no cap applies', async () => {
    const job = await open.submit({ ...hello, timeoutMs: 3_600_000 });
    expect(job).toMatchObject({ tier: 'default', decision: { deadlineMs: 3_600_000 } });
    expect(job.decision?.caps.map(({ name }) => name)).not.toContain('tier');
  });
});

describe('the field stream of a submission', () => {
  test('selects the streaming column of the tier, and is shown with the job (F123)', async () => {
    const attempt = async (body: object) => (await api.submit(body, as('talk'))).decision?.hardCapMs;
    expect(await attempt(hello)).toBe(10_000);
    expect(await attempt({ ...hello, stream: true })).toBe(40_000);
    expect(await attempt(talking)).toBe(40_000);
    expect(await attempt({ ...talking, stream: false })).toBe(10_000);
    const { id } = await api.submit({ ...hello, stream: true }, as('talk'));
    expect((await api.get(`/v1/jobs/${id}`, as('talk'))).json).toMatchObject({ tier: 'talk', stream: true });
  });

  test('is a boolean', async () => {
    const response = await api.post('/v1/jobs', { ...hello, stream: 'yes' }, as('talk'));
    expect(response).toMatchObject({ status: 400, json: { errors: [{ path: '/stream' }] } });
  });

  test('applies to a change of limits, too', async () => {
    const { id } = await api.submit({ ...hello, stream: true }, as('talk'));
    const changed = await api.call('PATCH', `/v1/jobs/${id}`, {
      body: { limits: { overallMs: 100_000 } },
      headers: as('talk'),
    });
    expect(changed.json.job.limits).toEqual({ overallMs: 50_000 });
  });
});

describe('GET /v1/tiers', () => {
  test('shows what every tier allows in the current environment (F129)', async () => {
    const { status, json } = await api.get('/v1/tiers', as('mid'));
    expect(status).toBe(200);
    expect(json).toMatchObject({ environment: 'production', yours: 'mid' });
    const table = json.tiers.map(({ name, plain, streaming, clientWaitMs, phaseMs }: any) =>
      [name, plain.attemptMs, streaming.attemptMs, clientWaitMs, phaseMs].join(' '),
    );
    expect(table).toEqual([
      'free 8000 8000 10000 2000',
      'early 8000 8000 10000 2000',
      'mid 60000 60000 90000 20000',
      'platform 120000 120000 150000 30000',
      'enterprise 300000 300000 360000 60000',
      'default    ',
      'talk 10000 40000 60000 ',
    ]);
    expect(json.tiers[2].plain).toEqual({
      callMs: 16_100,
      retries: 2,
      backoffMs: 3_000,
      stepMs: 54_000,
      attemptMs: 60_000,
      overallMs: 75_000,
    });
  });

  test('needs a key only where there are keys', async () => {
    expect((await api.get('/v1/tiers')).status).toBe(401);
    expect((await open.get('/v1/tiers')).json.yours).toBe('default');
  });

  test('agrees with GET /v1/config, which has the environment and the complete tiers', async () => {
    const { json } = await api.get('/v1/config', as('free'));
    expect(json.environment).toBe('production');
    expect(json.tiers.talk).toMatchObject({ attemptMs: 10_000, streamingMs: 40_000, phaseMs: null, maxPriority: 20 });
  });
});

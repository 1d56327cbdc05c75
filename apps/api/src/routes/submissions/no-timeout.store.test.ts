import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testKeys, withKey as as } from '../../../testing/keys.js';
import { hello, startApi, type RunningApi } from '../../../testing/running-api.js';

const PLANS = ['free', 'enterprise', 'gold', 'default'];
const keys = testKeys(...PLANS.map((tier) => ({ name: tier, tenant: 'acme', tier })));
const endless = { ...hello, timeoutMs: 'none' };
const DAY_MS = 86_400_000;

let api: RunningApi;
let open: RunningApi;
beforeAll(async () => {
  const policy = { tiers: { gold: { attemptMs: 10_000, clientWaitMs: 30_000, allowsNoTimeout: true } } };
  api = await startApi({ keys, policy });
  open = await startApi({ redis: api.redis });
});
afterAll(async () => {
  await open.stop();
  await api.stop();
});

const patch = (id: string, body: unknown, tier: string) =>
  api.call('PATCH', `/v1/jobs/${id}`, { body, headers: as(tier) });
const jobCount = async () => (await api.get('/v1/jobs?limit=100', as('default'))).json.jobs.length as number;

describe('a key whose tier does not allow jobs without a timeout', () => {
  const step = { name: 'first', kind: 'command', input: hello.input };
  const workflow = { kind: 'workflow', input: { steps: [step, { ...step, name: 'second', timeoutMs: 'none' }] } };
  test.each([
    ['a job', endless, '/timeoutMs'],
    ['a step', workflow, '/input/steps/1/timeoutMs'],
  ])('is refused for %s with the names of the tiers that do, and nothing is queued (F23)', async (_, body, path) => {
    const before = await jobCount();
    const message = 'the tier "free" does not allow "none"; these do: default, gold';
    const refusal = {
      status: 403,
      json: { code: 'no_timeout_not_allowed', detail: `${path}: ${message}.`, errors: [{ path, message }] },
    };
    expect(await api.post('/v1/jobs', body, as('free'))).toMatchObject(refusal);
    expect(await api.post('/v1/estimates', body, as('free'))).toMatchObject(refusal);
    const batch = await api.post('/v1/jobs/batch', { jobs: [body, body] }, as('free'));
    for (const result of batch.json.results)
      expect(result).toMatchObject({ status: 403, error: { code: 'no_timeout_not_allowed' } });
    expect(await jobCount()).toBe(before);
  });

  test('cannot grant that to itself in a body (F23)', async () => {
    expect((await api.post('/v1/jobs', { ...endless, allowsNoTimeout: true }, as('free'))).status).toBe(400);
    expect((await api.post('/v1/jobs', { ...endless, tier: 'gold' }, as('free'))).status).toBe(400);
  });

  test('can also have the largest plan (F23)', async () => {
    expect((await api.post('/v1/jobs', endless, as('enterprise'))).json.code).toBe('no_timeout_not_allowed');
  });
});

describe('a key whose tier allows jobs without a timeout', () => {
  test('gets a job that no cap of its tier ends (F23)', async () => {
    const job = await api.submit(endless, as('gold'));
    expect(job).toMatchObject({
      tier: 'gold',
      limits: { timeoutMs: 'none' },
      decision: { basis: 'no_timeout', deadlineMs: DAY_MS, hardCapMs: DAY_MS, idleMs: 600_000 },
    });
    expect(job.decision?.caps.filter(({ bit }) => bit)).toEqual([{ name: 'backstop', limitMs: DAY_MS, bit: true }]);
    expect(await api.submit(hello, as('gold'))).toMatchObject({ decision: { deadlineMs: 10_000 } });
  });

  test('gets an estimate, in which its other limits apply (F23)', async () => {
    const wanted = { ...endless, limits: { overallMs: 90_000, idleMs: 5_000 } };
    const { status, json } = await api.post('/v1/estimates', wanted, as('gold'));
    expect(status).toBe(200);
    expect(json.decision).toMatchObject({ basis: 'no_timeout', deadlineMs: 90_000, idleMs: 5_000 });
    expect(json.decision.sentence).toBe(
      'No timeout, as the submission asked: it ends when it is silent for 5 s (1 min 30 s while a tool runs). Limited to 1 min 30 s: all that is left of the overall limit.',
    );
  });

  test('is not needed where there are no keys (F23)', async () => {
    expect(await open.submit(endless)).toMatchObject({ tier: 'default', decision: { basis: 'no_timeout' } });
  });

  test('is listed with the tiers (F23)', async () => {
    const { tiers } = (await api.get('/v1/tiers', as('free'))).json;
    const allowing = tiers.flatMap((tier: any) => (tier.allowsNoTimeout ? [tier.name] : []));
    expect(allowing).toEqual(['default', 'gold']);
  });
});

describe('PATCH /v1/jobs/:id', () => {
  test('removes a timeout and sets one again, and with it the cap of the tier (F23)', async () => {
    const { id } = await api.submit(hello, as('gold'));
    expect((await patch(id, { timeoutMs: 'none' }, 'gold')).json.job.limits).toEqual({ timeoutMs: 'none' });
    expect((await patch(id, { limits: { overallMs: 50_000 } }, 'gold')).json.job.limits).toEqual({
      timeoutMs: 'none',
      overallMs: 50_000,
    });
    expect((await patch(id, { timeoutMs: 5_000 }, 'gold')).json.job.limits).toMatchObject({ timeoutMs: 5_000 });
  });

  test('refuses to remove a timeout when the tier of the job or of the key does not allow it (F23)', async () => {
    const small = await api.submit(hello, as('free'));
    const large = await api.submit(hello, as('gold'));
    for (const [{ id }, tier] of [
      [small, 'default'],
      [large, 'free'],
    ] as const) {
      const refused = await patch(id, { timeoutMs: 'none' }, tier);
      expect(refused).toMatchObject({ status: 403, json: { code: 'no_timeout_not_allowed' } });
      expect(refused.json.detail).toContain('the tier "free" does not allow');
      expect((await api.get(`/v1/jobs/${id}`, as('default'))).json.limits).toEqual({});
    }
  });
});

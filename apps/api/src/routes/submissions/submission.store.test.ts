import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hello, startApi, type RunningApi } from '../../../testing/running-api.js';
import { MAX_BATCH } from '../../calls/bounds.js';

let api: RunningApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

describe('POST /v1/jobs', () => {
  test('replies 202 with the location of the job, which can be read there (F167)', async () => {
    const { status, headers, json } = await api.post('/v1/jobs', { ...hello, label: 'greeting', metadata: { a: [1] } });
    expect(status).toBe(202);
    expect(headers.location).toBe(`/v1/jobs/${json.id}`);
    expect(json).toMatchObject({
      kind: 'command',
      label: 'greeting',
      state: 'queued',
      metadata: { a: [1] },
      class: 'command/node/-e/@greeting',
    });
    expect((await api.get(headers.location ?? '')).json).toEqual(json);
  });

  test('replies with the deadline that the job would get, and the reason in a sentence (F5, F6, F7, F10)', async () => {
    const { decision } = await api.submit(hello);
    expect(decision).toMatchObject({
      basis: 'prior',
      deadlineMs: 600_000,
      samples: 0,
      confidence: 0,
      policyVersion: 'default-1',
    });
    expect(decision?.sentence).toMatch(/wide default/);
  });

  test('decides a limit that is absent, and keeps a given one under the cap (F1, F2, F3)', async () => {
    const decided = await api.submit(hello);
    const named = await api.submit({ ...hello, timeoutMs: 5_000 });
    expect(decided.decision).toMatchObject({ override: null, basis: 'prior' });
    expect(named.decision).toMatchObject({
      deadlineMs: 5_000,
      basis: 'explicit',
      override: 'timeoutMs of the submission',
    });
    for (const timeoutMs of [0, null]) {
      expect((await api.post('/v1/jobs', { ...hello, timeoutMs })).json).toMatchObject({
        code: 'invalid_request',
        errors: [{ path: '/timeoutMs' }],
      });
    }
  });

  test('accepts a profile and hints, which the job shows, and refuses unknown values of them (F11, F25, F32)', async () => {
    const given = { profile: 'speed', complexity: 'high', category: 'code', type: 'review', task: 'nightly-audit' };
    const { profile, hints, class: name, decision } = await api.submit({ ...hello, ...given });
    expect({ profile, ...hints }).toEqual(given);
    expect(name).toBe('command/node/-e/@nightly-audit');
    expect(decision?.override).toMatch(/high complexity/);
    expect(await api.submit(hello)).toMatchObject({ profile: 'balanced', hints: {} });
    for (const [field, word] of Object.entries({
      profile: 'turbo',
      complexity: 'epic',
      category: 'x',
      type: 'haiku',
      task: '',
    })) {
      const refused = await api.post('/v1/jobs', { ...hello, [field]: word });
      expect(refused).toMatchObject({
        status: 400,
        json: { code: 'invalid_request', errors: [{ path: `/${field}` }] },
      });
    }
  });

  test('gives the same job for the same Idempotency-Key and body, and 422 for another body', async () => {
    const headers = { 'idempotency-key': 'order 17' };
    const first = await api.post('/v1/jobs', { ...hello, label: 'once' }, headers);
    const again = await api.post('/v1/jobs', { label: 'once', ...hello }, headers);
    expect(again).toMatchObject({ status: 202, json: { id: first.json.id } });
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(first.headers['idempotency-replayed']).toBeUndefined();
    expect(await api.post('/v1/jobs', { ...hello, label: 'twice' }, headers)).toMatchObject({
      status: 422,
      json: { code: 'idempotency_conflict' },
    });
  });

  test('makes one job of many concurrent requests with one Idempotency-Key', async () => {
    const headers = { 'idempotency-key': 'stampede' };
    const responses = await Promise.all(Array.from({ length: 20 }, () => api.post('/v1/jobs', hello, headers)));
    expect(new Set(responses.map((response) => response.json.id)).size).toBe(1);
  });

  test('refuses a completeBy in the past; one in the future bounds the attempt', async () => {
    const past = await api.post('/v1/jobs', { ...hello, completeBy: '2020-01-01T00:00:00Z' });
    expect(past).toMatchObject({ status: 400, json: { errors: [{ path: '/completeBy' }] } });
    const soon = new Date(Date.now() + 20_000).toISOString();
    expect((await api.submit({ ...hello, completeBy: soon })).decision?.deadlineMs).toBeLessThanOrEqual(20_000);
  });
});

test('the metrics count submissions by outcome, invalid ones included', async () => {
  const own = await startApi({ redis: api.redis });
  const key = { 'idempotency-key': 'counted' };
  await own.post('/v1/jobs', hello, key);
  await own.post('/v1/jobs', hello, key);
  await own.post('/v1/jobs', { ...hello, labl: 'x' });
  await own.post('/v1/jobs/batch', { jobs: [hello, 7, { ...hello, kind: 'nonsense' }] });
  const { text } = await own.get('/metrics');
  const counts = [...text.matchAll(/^leeway_submissions_total\{outcome="(\w+)".*\} (\d+)$/gm)];
  expect(Object.fromEntries(counts.map(([, outcome, count]) => [outcome, Number(count)]))).toEqual({
    ...{ accepted: 2, replayed: 1, invalid_request: 2, unknown_kind: 1 },
  });
  await own.stop();
});

describe('POST /v1/jobs/batch', () => {
  test('accepts or refuses each submission on its own, in their order', async () => {
    const jobs = [hello, { ...hello, timeoutMs: 0 }, 7, { ...hello, kind: 'nonsense' }, { ...hello, label: 'last' }];
    const { status, json } = await api.post('/v1/jobs/batch', { jobs });
    expect(status).toBe(200);
    expect(json.results.map((result: { status: number }) => result.status)).toEqual([202, 400, 400, 400, 202]);
    expect(json.results[1].error).toMatchObject({ code: 'invalid_request', errors: [{ path: '/timeoutMs' }] });
    expect(json.results[3].error.code).toBe('unknown_kind');
    expect(json.results[4].job.label).toBe('last');
  });

  test('gives the same jobs when sent again under its Idempotency-Key, and tries refused ones again', async () => {
    interface Result {
      status: number;
      job?: { id: string };
      error?: { code: string };
    }
    const send = async (jobs: unknown[], key: string) => {
      const { json } = await api.post('/v1/jobs/batch', { jobs }, { 'Idempotency-Key': key });
      return json.results as Result[];
    };
    const first = await send([hello, hello, { ...hello, timeoutMs: 0 }], 'nightly');
    const again = await send([hello, hello, { ...hello, timeoutMs: 5_000 }], 'nightly');
    const ids = (results: Result[]) => results.map(({ job }) => job?.id);
    expect(ids(again).slice(0, 2)).toEqual(ids(first).slice(0, 2));
    expect(new Set(ids(again)).size).toBe(3);
    expect(again[2]?.status).toBe(202);
    const other = await send([{ ...hello, label: 'other' }, hello], 'nightly');
    expect(other.map(({ status, error }) => error?.code ?? status)).toEqual(['idempotency_conflict', 202]);
    expect((await send([hello], 'weekly'))[0]?.job?.id).not.toBe(first[0]?.job?.id);
    expect(await api.post('/v1/jobs/batch', { jobs: [hello] }, { 'Idempotency-Key': 'Ü' })).toMatchObject({
      status: 400,
      json: { code: 'invalid_idempotency_key' },
    });
  });

  test('accepts as many submissions as the policy allows, and not one more', async () => {
    const { json } = await api.post('/v1/jobs/batch', { jobs: Array.from({ length: 200 }, () => hello) });
    expect(new Set(json.results.map((result: { job: { id: string } }) => result.job.id)).size).toBe(200);
    expect(
      await api.post('/v1/jobs/batch', { jobs: Array.from({ length: MAX_BATCH + 1 }, () => hello) }),
    ).toMatchObject({
      status: 400,
      json: { errors: [{ path: '/jobs' }] },
    });
  });
});

describe('POST /v1/estimates', () => {
  test('shows each step of a workflow with its share, in their order (F59)', async () => {
    const step = (name: string, more = {}) => ({
      name,
      kind: 'command',
      input: { argv: ['node', `${name}.js`] },
      ...more,
    });
    const steps = [
      step('fetch'),
      step('think', { needs: ['fetch'], critical: true }),
      step('write', { needs: ['think'] }),
    ];
    const { status, json } = await api.post('/v1/estimates', { kind: 'workflow', input: { steps } });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      class: 'workflow',
      steps: [
        { name: 'fetch', class: 'command/node/fetch.js', decision: { basis: 'prior', deadlineMs: 600_000 } },
        { name: 'think', class: 'command/node/think.js' },
        { name: 'write', class: 'command/node/write.js' },
      ],
    });
    const shares = json.steps.map((one: { share: number }) => one.share);
    expect(shares.reduce((sum: number, share: number) => sum + share, 0)).toBeCloseTo(1, 6);
    expect(shares[1]).toBeGreaterThan(shares[0]);
    expect((await api.post('/v1/estimates', hello)).json).not.toHaveProperty('steps');
  });

  test('shows the decision and stores nothing (F4, F59)', async () => {
    const before = (await api.get('/metrics')).text.match(/leeway_jobs\{state="queued".*/)?.[0];
    const { status, json } = await api.post('/v1/estimates', { ...hello, label: 'never-run', timeoutMs: 1_500 });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      class: 'command/node/-e/@never-run',
      decision: { deadlineMs: 1_500, basis: 'explicit' },
    });
    expect(json.expected.startAt).toMatch(/^20\d\d-/);
    expect((await api.get('/v1/jobs?label=never-run')).json.jobs).toEqual([]);
    expect((await api.get('/metrics')).text.match(/leeway_jobs\{state="queued".*/)?.[0]).toBe(before);
  });

  test('refuses what would be refused as a submission', async () => {
    expect(await api.post('/v1/estimates', { ...hello, timeoutMs: -1 })).toMatchObject({
      status: 400,
      json: { code: 'invalid_request' },
    });
  });
});

describe('GET /v1/jobs', () => {
  test('lists jobs in pages, newest first, and filters them', async () => {
    const ids: string[] = [];
    for (let number = 0; number < 5; number += 1) ids.unshift((await api.submit({ ...hello, label: 'page' })).id);
    const first = await api.get('/v1/jobs?label=page&limit=3');
    const second = await api.get(`/v1/jobs?label=page&limit=3&cursor=${encodeURIComponent(first.json.next)}`);
    const seen = [...first.json.jobs, ...second.json.jobs].map((job: { id: string }) => job.id);
    expect(seen).toEqual(ids);
    expect((await api.get('/v1/jobs?label=page&state=failed')).json).toEqual({ jobs: [], next: null });
  });
});

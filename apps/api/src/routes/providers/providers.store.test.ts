import type { JobId } from '@leeway/contract';
import { WorkerStore } from '@leeway/queue';
import { systemClock } from '@leeway/runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testKeys, withKey } from '../../../testing/keys.js';
import { startApi, type RunningApi } from '../../../testing/running-api.js';

const keys = testKeys({ name: 'acme' }, { name: 'ops', scopes: ['admin'] });
const acme = withKey('acme');
const ops = withKey('ops');
const HOUR_MS = 3_600_000;

let api: RunningApi;
/** Writes what a worker would. */
let worker: WorkerStore;
beforeAll(async () => {
  const provider = { baseUrl: 'http://127.0.0.1:1/v1', apiKeyEnv: 'THE_VARIABLE' };
  api = await startApi({ keys, policy: { providers: { first: provider, 'the second/one': provider } } });
  const { redisUrl, policy } = api;
  worker = new WorkerStore({ redisUrl, policy, worker: 'w1', clock: systemClock, onError: () => {} });
});
afterAll(async () => {
  await worker.close();
  await api.stop();
});

const chat = { kind: 'chat', input: { provider: 'first', model: 'm', messages: [{ role: 'user', content: 'x' }] } };
const park = () =>
  worker.providers.quotaExhausted('first', 'j1' as JobId, {
    waitMs: HOUR_MS,
    reason: 'it answered 429 (insufficient_quota)',
  });

describe('the model providers (F145, F147)', () => {
  test('are listed in the order of the policy, without secrets', async () => {
    const { json, text } = await api.get('/v1/providers', acme);
    const calls = { answered: 0, failed: 0, rateLimited: 0, usageLimited: 0 };
    const nothing = {
      state: 'closed',
      until: null,
      since: null,
      reason: null,
      waiting: 0,
      calls,
      opened: 0,
      parked: 0,
    };
    expect(json).toEqual({
      providers: [
        { name: 'first', ...nothing },
        { name: 'the second/one', ...nothing },
      ],
    });
    expect(text).not.toContain('THE_VARIABLE');
  });

  test('show until when they are parked, and why; so do their jobs, also in lists', async () => {
    const job = await api.submit(chat, acme);
    expect((await api.get(`/v1/jobs/${job.id}`, acme)).json.waitingFor).toBeNull();
    const { untilMs } = await park();
    const until = new Date(untilMs ?? 0).toISOString();
    const reason = 'it answered 429 (insufficient_quota)';
    const [parked] = (await api.get('/v1/providers', acme)).json.providers;
    expect(parked).toMatchObject({ state: 'parked', until, reason, waiting: 1, parked: 1, calls: { usageLimited: 1 } });
    const waitingFor = { provider: 'first', state: 'parked', until, reason };
    expect((await api.get(`/v1/jobs/${job.id}`, acme)).json).toMatchObject({
      waitingFor,
      expected: { startAt: until },
    });
    expect((await api.get('/v1/jobs', acme)).json.jobs[0].waitingFor).toEqual(waitingFor);
    await api.post(`/v1/jobs/${job.id}/cancel`, undefined, acme);
    expect((await api.get(`/v1/jobs/${job.id}`, acme)).json.waitingFor).toBeNull();
  });

  test('have metrics', async () => {
    await park();
    const { text } = await api.get('/metrics', ops);
    for (const line of [
      'leeway_provider_state{provider="first",state="parked",process="api"} 1',
      'leeway_provider_state{provider="first",state="closed",process="api"} 0',
      'leeway_provider_waiting_jobs{provider="first",process="api"} 0',
      'leeway_provider_closures{provider="first",state="parked",process="api"} 1',
    ])
      expect(text).toContain(line);
    expect(text).toMatch(/leeway_provider_calls\{provider="first",outcome="usage_limited",process="api"\} \d/);
  });

  test('are resumed by an operator, and by nobody else', async () => {
    await park();
    const path = '/v1/providers/first/resume';
    expect(await api.post(path, undefined, acme)).toMatchObject({ status: 403, json: { code: 'forbidden' } });
    expect((await api.post(path, undefined, ops)).json).toMatchObject({
      done: 'resumed',
      provider: { name: 'first', state: 'closed', until: null, reason: null },
    });
    expect((await api.post(path, undefined, ops)).json.done).toBe('already');
    const odd = `/v1/providers/${encodeURIComponent('the second/one')}/resume`;
    expect((await api.post(odd, undefined, ops)).json).toMatchObject({ done: 'already' });
  });

  test.each(['nobody', 'constructor'])('are not found under a name that the policy does not have: %s', async (name) => {
    const { status, json } = await api.post(`/v1/providers/${name}/resume`, undefined, ops);
    expect([status, json.code, json.detail]).toEqual([
      404,
      'provider_not_found',
      `No provider "${name}" in the policy. Known: first, the second/one.`,
    ]);
  });
});

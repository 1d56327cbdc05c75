import { createHash } from 'node:crypto';
import { parseKeys } from '@leeway/runtime';
import { startRedis, waitUntil } from '@leeway/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { connectRpc, Refused } from '../../testing/rpc-client.js';
import { hello, startApi, type RunningApi } from '../../testing/running-api.js';

const hash = (key: string) => `sha256:${createHash('sha256').update(key).digest('hex')}`;
const keys = parseKeys(
  {
    keys: [
      { name: 'acme', hash: hash('acme-key'), tenant: 'acme', tier: 'free' },
      { name: 'zeta', hash: hash('zeta-key'), tenant: 'zeta', tier: 'default' },
      { name: 'poster', hash: hash('post-key'), tenant: 'acme', tier: 'free', scopes: ['submit'] },
    ],
  },
  ['default', 'free'],
);
const as = (key: string) => ({ headers: { authorization: `Bearer ${key}` } });

let api: RunningApi;
beforeAll(async () => {
  api = await startApi({ keys, policy: { tiers: { free: { attemptMs: 8_000 } }, api: { maxSockets: 3 } } });
});
afterAll(() => api.stop());

const refusal = async (options: object) => {
  const error = await connectRpc(api.port, options).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Refused)) throw new Error(`expected a refusal, got ${String(error)}`);
  return error;
};

describe('who may open a WebSocket (F161)', () => {
  const key = as('acme-key').headers;
  test.each([
    { who: 'a page of another site', options: { origin: 'https://evil.example' }, code: 'origin_not_allowed' },
    { who: 'a page without an origin', options: { origin: 'null' }, code: 'origin_not_allowed' },
    {
      who: 'a page elsewhere',
      options: { headers: { ...key, 'sec-fetch-site': 'cross-site' } },
      code: 'origin_not_allowed',
    },
    {
      who: 'a name that was pointed here',
      options: { headers: { ...key, host: 'evil.example' } },
      code: 'host_not_allowed',
    },
    { who: 'nobody with a key', options: { headers: {} }, code: 'unauthorized' },
    { who: 'a wrong key', options: as('wrong'), code: 'unauthorized' },
  ])('not $who: $code', async ({ options, code }) => {
    const { status, json } = await refusal({ headers: key, ...options });
    expect(json).toMatchObject({ status, code, advice: expect.any(String), requestId: expect.any(String) });
  });

  test('what is no handshake is told what to do', async () => {
    const answer = await api.get('/v1/ws', key);
    expect(answer).toMatchObject({ status: 426, json: { code: 'upgrade_required' } });
    expect(answer.headers.upgrade).toBe('websocket');
    const upgrade = { ...key, connection: 'Upgrade', upgrade: 'websocket' };
    const wrongs: Record<string, string>[] = [{}, { 'sec-websocket-version': '7', 'sec-websocket-key': 'x' }];
    for (const wrong of wrongs)
      expect(await api.get('/v1/ws', { ...upgrade, ...wrong })).toMatchObject({ status: 426 });
    expect(await api.post('/v1/ws', undefined, upgrade)).toMatchObject({ status: 405 });
    expect(await api.get('/v1/jobs', upgrade)).toMatchObject({ status: 200 });
    expect(await api.get('/v1/nothing', upgrade)).toMatchObject({ status: 404 });
  });

  test('no more than the policy allows', async () => {
    const open = await Promise.all([1, 2, 3].map(() => connectRpc(api.port, as('acme-key'))));
    expect((await refusal(as('acme-key'))).json).toMatchObject({ status: 429, code: 'rate_limited' });
    await Promise.all(open.map((client) => client.close()));
    await waitUntil(async () => (await connectRpc(api.port, as('acme-key'))).close().then(() => true), {
      what: 'a place to be free again',
    });
  });
});

describe('with a key', () => {
  test('the tenant and the tier are those of the key, and the jobs of others are not there', async () => {
    const acme = await connectRpc(api.port, as('acme-key'));
    const zeta = await connectRpc(api.port, as('zeta-key'));
    const job = await acme.result('jobs.submit', { ...hello, timeoutMs: 60_000 });
    expect(job).toMatchObject({ tenant: 'acme', tier: 'free', decision: { deadlineMs: 8_000 } });
    for (const method of ['jobs.get', 'jobs.output', 'jobs.cancel', 'jobs.subscribe'])
      expect((await zeta.call(method, { id: job.id })).error, method).toMatchObject({
        data: { code: 'job_not_found' },
      });
    expect((await zeta.call('jobs.list', { tenant: 'acme' })).error).toMatchObject({ data: { code: 'forbidden' } });
    expect((await zeta.result('jobs.list')).jobs).toEqual([]);
    await Promise.all([acme.close(), zeta.close()]);
  });

  test('each call needs its own scope', async () => {
    const poster = await connectRpc(api.port, as('post-key'));
    const { id } = await poster.result('jobs.submit', hello);
    for (const method of ['jobs.get', 'jobs.cancel', 'jobs.subscribe'])
      expect((await poster.call(method, { id })).error, method).toMatchObject({
        data: { code: 'forbidden', status: 403 },
      });
    await poster.close();
  });
});

describe('when something goes away', () => {
  test('Redis: calls are refused within two seconds, and a subscription says where to go on', async () => {
    const redis = await startRedis();
    const other = await startApi({ redis });
    const client = await connectRpc(other.port);
    const { id } = await client.result('jobs.submit', hello);
    const { subscription } = await client.result('jobs.subscribe', { id });
    await waitUntil(() => client.events(subscription).length === 1, { what: 'the first event' });
    await redis.kill9();
    const began = performance.now();
    const { error } = await client.call('jobs.submit', hello);
    expect(['store_unavailable', 'outcome_unknown']).toContain(error?.data.code);
    expect(error?.data.status).toBe(503);
    // Two seconds are promised; a machine that is busy with other tests may be late to say so.
    expect(performance.now() - began).toBeLessThan(4_000);
    const [first] = client.events(subscription);
    expect(await client.ended(subscription)).toMatchObject({ reason: 'interrupted', lastEventId: first?.id });
    await redis.restart();
    await waitUntil(async () => (await client.call('workers.list')).error === undefined, { what: 'Redis to be back' });
    await other.stop();
    await redis.stop();
  });

  test('the server: it answers what it was asked, closes with 1001, and stops although a client hangs', async () => {
    const other = await startApi();
    const client = await connectRpc(other.port);
    const hanging = await connectRpc(other.port);
    const { id } = await client.result('jobs.submit', hello);
    await client.result('jobs.subscribe', { id });
    const waiting = client.call('jobs.get', { id, wait: 50 });
    await waitUntil(async () => (await other.get('/metrics')).text.includes('leeway_open_requests{process="api"} 2'), {
      what: 'both to be open',
    });
    hanging.socket.pause();
    await other.stop();
    expect((await waiting).result).toMatchObject({ state: 'queued' });
    expect(await client.closed).toEqual({ code: 1001, reason: 'the server is stopping' });
    expect(client.heard.some(({ method }) => method === 'jobs.ended')).toBe(false);
    hanging.socket.resume();
    await hanging.closed;
    await expect(connectRpc(other.port)).rejects.toThrow();
  });

  test('the client, in the middle of the handshake: nothing happens', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${api.port}/v1/ws`, as('acme-key'));
    socket.on('error', () => {});
    socket.terminate();
    expect((await api.get('/healthz')).status).toBe(200);
  });
});

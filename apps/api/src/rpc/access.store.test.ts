import { startRedis, waitUntil } from '@leeway/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { testKeys, withKey } from '../../testing/keys.js';
import { connectRpc, HandshakeRefused } from '../../testing/rpc-client.js';
import { hello, startApi, type RunningApi } from '../../testing/running-api.js';

const keys = testKeys(
  { name: 'acme', tier: 'free' },
  { name: 'zeta' },
  { name: 'poster', tenant: 'acme', tier: 'free', scopes: ['submit'] },
);
const as = (name: string) => ({ headers: withKey(name) });

let api: RunningApi;
beforeAll(async () => {
  api = await startApi({ keys, policy: { tiers: { free: { attemptMs: 8_000 } } }, bounds: { maxSockets: 3 } });
});
afterAll(() => api.stop());

const refusal = async (options: object) => {
  const error = await connectRpc(api.port, options).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof HandshakeRefused)) throw new Error(`expected a refusal, got ${String(error)}`);
  return error;
};

describe('a WebSocket (F161)', () => {
  const key = withKey('acme');
  test.each([
    { who: 'a page of another site', options: { origin: 'https://evil.example' }, code: 'origin_not_allowed' },
    { who: 'a page without an origin', options: { origin: 'null' }, code: 'origin_not_allowed' },
    {
      who: 'a request that a browser marks as cross-site',
      options: { headers: { ...key, 'sec-fetch-site': 'cross-site' } },
      code: 'origin_not_allowed',
    },
    {
      who: 'a host name that is not one of this server',
      options: { headers: { ...key, host: 'evil.example' } },
      code: 'host_not_allowed',
    },
    { who: 'a client without a key', options: { headers: {} }, code: 'unauthorized' },
    { who: 'a client with an unknown key', options: as('wrong'), code: 'unauthorized' },
  ])('is refused to $who: $code', async ({ options, code }) => {
    const { status, json } = await refusal({ headers: key, ...options });
    expect(json).toMatchObject({ status, code, advice: expect.any(String), requestId: expect.any(String) });
  });

  test('needs a handshake: any other request is refused with 426 and an advice', async () => {
    const response = await api.get('/v1/ws', key);
    expect(response).toMatchObject({ status: 426, json: { code: 'upgrade_required' } });
    expect(response.headers.upgrade).toBe('websocket');
    const upgrade = { ...key, connection: 'Upgrade', upgrade: 'websocket' };
    const wrongs: Record<string, string>[] = [{}, { 'sec-websocket-version': '7', 'sec-websocket-key': 'x' }];
    for (const wrong of wrongs)
      expect(await api.get('/v1/ws', { ...upgrade, ...wrong })).toMatchObject({ status: 426 });
    expect(await api.post('/v1/ws', undefined, upgrade)).toMatchObject({ status: 405 });
    expect(await api.get('/v1/jobs', upgrade)).toMatchObject({ status: 200 });
    expect(await api.get('/v1/nothing', upgrade)).toMatchObject({ status: 404 });
  });

  test('is refused when as many are open as one process may have', async () => {
    const open = await Promise.all([1, 2, 3].map(() => connectRpc(api.port, as('acme'))));
    expect((await refusal(as('acme'))).json).toMatchObject({ status: 429, code: 'rate_limited' });
    await Promise.all(open.map((client) => client.close()));
    await waitUntil(async () => (await connectRpc(api.port, as('acme'))).close().then(() => true), {
      what: 'a place to be free again',
    });
  });
});

describe('a WebSocket with a key', () => {
  test('uses the tenant and the tier of the key; jobs of other tenants do not exist for it', async () => {
    const acme = await connectRpc(api.port, as('acme'));
    const zeta = await connectRpc(api.port, as('zeta'));
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

  test('needs the scope of each call', async () => {
    const poster = await connectRpc(api.port, as('poster'));
    const { id } = await poster.result('jobs.submit', hello);
    for (const method of ['jobs.get', 'jobs.cancel', 'jobs.subscribe'])
      expect((await poster.call(method, { id })).error, method).toMatchObject({
        data: { code: 'forbidden', status: 403 },
      });
    await poster.close();
  });
});

describe('an open WebSocket', () => {
  test('refuses calls within two seconds while Redis is away, and its subscriptions end with the last event id', async () => {
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
    // The limit is two seconds; a busy machine may be late.
    expect(performance.now() - began).toBeLessThan(4_000);
    const [first] = client.events(subscription);
    expect(await client.ended(subscription)).toMatchObject({ reason: 'interrupted', lastEventId: first?.id });
    await redis.restart();
    await waitUntil(async () => (await client.call('workers.list')).error === undefined, { what: 'Redis to be back' });
    await other.stop();
    await redis.stop();
  });

  test('gets its pending responses and the close code 1001 when the server stops, which a hanging client does not prevent', async () => {
    const other = await startApi();
    const client = await connectRpc(other.port);
    const hanging = await connectRpc(other.port);
    const { id } = await client.result('jobs.submit', hello);
    await client.result('jobs.subscribe', { id });
    const waiting = client.call('jobs.get', { id, wait: 50 });
    await other.waitForGauge(2);
    hanging.socket.pause();
    await other.stop();
    expect((await waiting).result).toMatchObject({ state: 'queued' });
    expect(await client.closed).toEqual({ code: 1001, reason: 'the server is stopping' });
    expect(client.received.some(({ method }) => method === 'jobs.ended')).toBe(false);
    hanging.socket.resume();
    await hanging.closed;
    await expect(connectRpc(other.port)).rejects.toThrow();
  });

  test('can be cut off in the middle of its handshake without harm', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${api.port}/v1/ws`, as('acme'));
    socket.on('error', () => {});
    socket.terminate();
    expect((await api.get('/healthz')).status).toBe(200);
  });
});

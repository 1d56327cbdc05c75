import { startRedis } from '@leeway/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testKeys, withKey } from '../../testing/keys.js';
import { connectMcp } from '../../testing/mcp-client.js';
import { hello, startApi, type RunningApi } from '../../testing/running-api.js';

const keys = testKeys(
  { name: 'acme', tier: 'free' },
  { name: 'zeta' },
  { name: 'viewer', tenant: 'acme', tier: 'free', scopes: ['read'] },
);
const accept = { accept: 'application/json, text/event-stream' };
const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' };

let api: RunningApi;
beforeAll(async () => {
  api = await startApi({ keys, policy: { tiers: { free: { attemptMs: 8_000 } } } });
});
afterAll(() => api.stop());

describe('the MCP tools (F162)', () => {
  test.each([
    {
      who: 'a page of another site',
      headers: { ...withKey('acme'), origin: 'https://evil.example' },
      code: 'origin_not_allowed',
    },
    {
      who: 'a host name that is not one of this server',
      headers: { ...withKey('acme'), host: 'evil.example' },
      code: 'host_not_allowed',
    },
    { who: 'a client without a key', headers: {}, code: 'unauthorized' },
    { who: 'a client with an unknown key', headers: withKey('wrong'), code: 'unauthorized' },
  ])('are refused to $who: $code', async ({ headers, code }) => {
    const response = await api.post('/mcp', list, { ...accept, ...headers } as Record<string, string>);
    expect(response.json).toMatchObject({ code, status: response.status });
    expect([401, 403]).toContain(response.status);
  });

  test('use the tenant and the tier of the key; jobs of other tenants do not exist for them', async () => {
    const acme = await connectMcp(api.url, withKey('acme'));
    const zeta = await connectMcp(api.url, withKey('zeta'));
    const { json } = await acme.tool('submit_job', { ...hello, timeoutMs: 60_000 });
    const job = (await api.get(`/v1/jobs/${json.id}`, withKey('acme'))).json;
    expect(job).toMatchObject({ tenant: 'acme', tier: 'free', decision: { deadlineMs: 8_000 } });
    for (const name of ['job_status', 'job_result', 'job_output', 'cancel_job'])
      expect((await zeta.tool(name, { id: json.id })).text, name).toMatchObject({ code: 'job_not_found' });
    await Promise.all([acme.close(), zeta.close()]);
  });

  test('need the scopes of the calls that they make', async () => {
    const viewer = await connectMcp(api.url, withKey('viewer'));
    for (const [name, args] of [
      ['run_command', { argv: ['true'] }],
      ['submit_job', hello],
      ['estimate', hello],
      ['cancel_job', { id: 'j00000000000000000000000000' }],
    ] as const)
      expect(await viewer.tool(name, args), name).toMatchObject({ isError: true, text: { code: 'forbidden' } });
    await viewer.close();
  });
});

test('POST /mcp refuses what is not a message of the protocol, and there is no GET', async () => {
  const key = withKey('acme');
  expect(
    await api.call('POST', '/mcp', { raw: '{', headers: { ...key, 'content-type': 'application/json' } }),
  ).toMatchObject({
    status: 400,
    json: { code: 'invalid_json' },
  });
  expect((await api.post('/mcp', { hello: 1 }, { ...key, ...accept })).status).toBe(400);
  expect((await api.post('/mcp', list, key)).status).toBe(406);
  expect((await api.get('/mcp', { ...key, ...accept })).status).toBe(405);
  expect(
    (await api.post('/mcp', { jsonrpc: '2.0', method: 'notifications/initialized' }, { ...key, ...accept })).status,
  ).toBe(202);
});

describe('a tool call', () => {
  test('is refused within two seconds while Redis is away', async () => {
    const redis = await startRedis();
    const other = await startApi({ redis });
    const agent = await connectMcp(other.url);
    await redis.kill9();
    const began = performance.now();
    const { isError, text } = await agent.tool('run_command', { argv: ['true'] });
    expect(isError).toBe(true);
    expect(['store_unavailable', 'outcome_unknown']).toContain(text.code);
    // The limit is two seconds; a busy machine may be late.
    expect(performance.now() - began).toBeLessThan(4_000);
    await agent.close();
    await other.stop();
    await redis.stop();
  });

  test('replies with the current job when the server stops during its wait', async () => {
    const other = await startApi();
    const agent = await connectMcp(other.url);
    const progress: unknown[] = [];
    const plain = agent.tool('run_command', { argv: ['true'] });
    const following = agent.tool('run_command', { argv: ['true'] }, (each) => progress.push(each));
    await other.waitForGauge(2);
    await other.stop();
    expect((await plain).json).toMatchObject({ state: 'queued', finished: false });
    expect((await following).json).toMatchObject({ state: 'queued', finished: false });
    await agent.close();
  });
});

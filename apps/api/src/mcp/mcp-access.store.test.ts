import { createHash } from 'node:crypto';
import { parseKeys } from '@leeway/runtime';
import { startRedis, waitUntil } from '@leeway/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectMcp } from '../../testing/mcp-client.js';
import { hello, startApi, type RunningApi } from '../../testing/running-api.js';

const hash = (key: string) => `sha256:${createHash('sha256').update(key).digest('hex')}`;
const keys = parseKeys(
  {
    keys: [
      { name: 'acme', hash: hash('acme-key'), tenant: 'acme', tier: 'free' },
      { name: 'zeta', hash: hash('zeta-key'), tenant: 'zeta', tier: 'default' },
      { name: 'viewer', hash: hash('view-key'), tenant: 'acme', tier: 'free', scopes: ['read'] },
    ],
  },
  ['default', 'free'],
);
const as = (key: string) => ({ authorization: `Bearer ${key}` });
const accept = { accept: 'application/json, text/event-stream' };
const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' };

let api: RunningApi;
beforeAll(async () => {
  api = await startApi({ keys, policy: { tiers: { free: { attemptMs: 8_000 } } } });
});
afterAll(() => api.stop());

describe('who may use the tools (F162)', () => {
  test.each([
    {
      who: 'a page of another site',
      headers: { ...as('acme-key'), origin: 'https://evil.example' },
      code: 'origin_not_allowed',
    },
    {
      who: 'a name that was pointed here',
      headers: { ...as('acme-key'), host: 'evil.example' },
      code: 'host_not_allowed',
    },
    { who: 'nobody with a key', headers: {}, code: 'unauthorized' },
    { who: 'a wrong key', headers: as('wrong'), code: 'unauthorized' },
  ])('not $who: $code', async ({ headers, code }) => {
    const answer = await api.post('/mcp', list, { ...accept, ...headers } as Record<string, string>);
    expect(answer.json).toMatchObject({ code, status: answer.status });
    expect([401, 403]).toContain(answer.status);
  });

  test('the tenant and the tier are those of the key, and the jobs of others are not there', async () => {
    const acme = await connectMcp(api.url, as('acme-key'));
    const zeta = await connectMcp(api.url, as('zeta-key'));
    const { json } = await acme.tool('submit_job', { ...hello, timeoutMs: 60_000 });
    const job = (await api.get(`/v1/jobs/${json.id}`, as('acme-key'))).json;
    expect(job).toMatchObject({ tenant: 'acme', tier: 'free', decision: { deadlineMs: 8_000 } });
    for (const name of ['job_status', 'job_result', 'job_output', 'cancel_job'])
      expect((await zeta.tool(name, { id: json.id })).text, name).toMatchObject({ code: 'job_not_found' });
    await Promise.all([acme.close(), zeta.close()]);
  });

  test('each tool needs the scope of what it does', async () => {
    const viewer = await connectMcp(api.url, as('view-key'));
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

test('what is no message of the protocol is refused, and there is nothing to GET', async () => {
  const key = as('acme-key');
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

describe('when something goes away', () => {
  test('Redis: a tool is refused within two seconds', async () => {
    const redis = await startRedis();
    const other = await startApi({ redis });
    const agent = await connectMcp(other.url);
    await redis.kill9();
    const began = performance.now();
    const { isError, text } = await agent.tool('run_command', { argv: ['true'] });
    expect(isError).toBe(true);
    expect(['store_unavailable', 'outcome_unknown']).toContain(text.code);
    // Two seconds are promised; a machine that is busy with other tests may be late to say so.
    expect(performance.now() - began).toBeLessThan(4_000);
    await agent.close();
    await other.stop();
    await redis.stop();
  });

  test('the server: a tool that waits answers with what it knows', async () => {
    const other = await startApi();
    const agent = await connectMcp(other.url);
    const told: unknown[] = [];
    const plain = agent.tool('run_command', { argv: ['true'] });
    const following = agent.tool('run_command', { argv: ['true'] }, (progress) => told.push(progress));
    await waitUntil(async () => (await other.get('/metrics')).text.includes('leeway_open_requests{process="api"} 2'), {
      what: 'both to wait',
    });
    await other.stop();
    expect((await plain).json).toMatchObject({ state: 'queued', finished: false });
    expect((await following).json).toMatchObject({ state: 'queued', finished: false });
    await agent.close();
  });
});

import { createHash } from 'node:crypto';
import { parseKeys } from '@leeway/runtime';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startApi, type RunningApi } from '../../../testing/running-api.js';

const hash = (key: string) => `sha256:${createHash('sha256').update(key).digest('hex')}`;
const tenantOf = (tenant: string) => ({ name: tenant, hash: hash(tenant), tenant, tier: 'default' });
const keys = parseKeys(
  {
    keys: [
      tenantOf('acme'),
      tenantOf('zeta'),
      { ...tenantOf('reader'), scopes: ['read'] },
      { ...tenantOf('ops'), scopes: ['admin'] },
    ],
  },
  ['default'],
);
const as = (key: string, type = 'application/x-ndjson') => ({ authorization: `Bearer ${key}`, 'content-type': type });

const FIRST_LINE = '{"format":"leeway-history","version":1}';
const LEVEL = 'command/node/report.js';
const observation = (changes: object = {}) => ({
  metric: 'total',
  level: LEVEL,
  kind: 'exact',
  value: 4_000,
  at: '2026-11-01T10:00:00Z',
  ...changes,
});
const file = (...observations: object[]) =>
  [FIRST_LINE, ...observations.map((each) => JSON.stringify(each))].join('\n');
/** Twenty runs of about four seconds. */
const twenty = file(
  ...Array.from({ length: 20 }, (_, i) => observation({ value: 4_000 + i, at: `2026-11-01T10:00:${10 + i}Z` })),
);

let api: RunningApi;
beforeAll(async () => {
  api = await startApi({
    keys,
    policy: { api: { maxImportBytes: 200_000 }, retention: { maxRings: 100 } },
    bounds: { historyMaxAgeMs: 0 },
  });
});
afterAll(() => api.stop());

const importFile = (
  raw: string,
  { key = 'ops', query = '', type }: { key?: string; query?: string; type?: string } = {},
) => api.call('POST', `/v1/history/import${query}`, { raw, headers: as(key, type) });
const exported = async (key = 'ops', query = '') => {
  const answer = await api.get(`/v1/history/export${query}`, { authorization: `Bearer ${key}` });
  return {
    ...answer,
    lines: answer.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  };
};
const reset = (className: string, key: string, query = '') =>
  api.call('DELETE', `/v1/classes/${encodeURIComponent(className)}/history${query}`, {
    headers: { authorization: `Bearer ${key}` },
  });
const decisionFor = async (key: string) => {
  const submission = { kind: 'command', input: { argv: ['node', 'report.js'] } };
  return (await api.post('/v1/estimates', submission, { authorization: `Bearer ${key}` })).json.decision;
};

describe('an imported history', () => {
  beforeEach(async () => {
    for (const tenant of ['acme', 'ops', 'zeta']) await reset(LEVEL, 'ops', `?tenant=${tenant}`);
  });

  test('is what the next decision is made from, of its tenant only (F54)', async () => {
    expect(await decisionFor('acme')).toMatchObject({ basis: 'prior' });
    const { json } = await importFile(twenty, { query: '?tenant=acme' });
    expect(json).toEqual({ tenant: 'acme', observations: 20, rings: 1, added: 20 });
    expect(await decisionFor('acme')).toMatchObject({ basis: 'history', level: LEVEL, samples: 20 });
    expect((await decisionFor('acme')).deadlineMs).toBeLessThan(20_000);
    expect(await decisionFor('zeta')).toMatchObject({ basis: 'prior' });
  });

  test('comes out as it went in, and going in again it adds nothing (F54)', async () => {
    await importFile(twenty);
    const { lines, headers, text } = await exported();
    expect(headers['content-type']).toMatch(/^application\/x-ndjson/);
    expect(lines[0]).toMatchObject({ format: 'leeway-history', version: 1 });
    expect(lines).toHaveLength(21);
    expect(lines[1]).toEqual({
      metric: 'total',
      level: LEVEL,
      value: 4_019,
      kind: 'exact',
      deadlineMs: 0,
      baseMs: 0,
      at: '2026-11-01T10:00:29.000Z',
    });
    expect((await importFile(text)).json).toMatchObject({ observations: 20, added: 0 });
    expect((await exported()).lines.slice(1)).toEqual(lines.slice(1));
  });

  test('may also be one JSON array', async () => {
    const array = JSON.stringify([JSON.parse(FIRST_LINE), observation()]);
    expect((await importFile(array, { type: 'application/json' })).json).toMatchObject({ added: 1 });
    expect(await importFile('{}', { type: 'application/json' })).toMatchObject({
      status: 400,
      json: { code: 'invalid_json' },
    });
  });

  test('keeps every kind of observation and its source', async () => {
    const all = [
      observation({ kind: 'hung', deadlineMs: 9_000, baseMs: 3_000.5, from: 'w-1' }),
      observation({ kind: 'censored', metric: 'idle', value: 0.25 }),
      observation({ metric: 'score', level: 'command/node/~3', value: 1.25 }),
    ];
    await importFile(file(...all));
    const { lines } = await exported();
    expect(lines.slice(1)).toHaveLength(3);
    for (const each of all)
      expect(lines).toContainEqual({ deadlineMs: 0, baseMs: 0, ...each, at: '2026-11-01T10:00:00.000Z' });
    await reset('command/node', 'ops');
  });
});

describe('what is no observation', () => {
  const wrong: [string, object, string][] = [
    ['a duration of 0', observation({ value: 0 }), 'line 3: /value'],
    ['a negative one', observation({ value: -1 }), 'line 3: /value'],
    ['a duration of more than a year', observation({ value: 1e12 }), 'line 3: /value'],
    ['a duration as text', observation({ value: '4000' }), 'line 3: /value'],
    ['an unknown metric', observation({ metric: 'totals' }), 'line 3: /metric'],
    ['the load of the moment', observation({ metric: 'load' }), 'line 3: /metric'],
    ['a level that reaches into another key', observation({ level: 'a:b' }), 'line 3: /level'],
    ['a level with an empty part', observation({ level: 'command//x' }), 'line 3: /level'],
    ['a time that is none', observation({ at: 'yesterday' }), 'line 3: /at'],
    ['a time in the future', observation({ at: '2999-01-01T00:00:00Z' }), 'line 3: /at is in the future'],
    ['an unknown field', observation({ duration: 5 }), 'unknown field "duration"'],
    ['a source with spaces', observation({ from: 'a b' }), 'line 3: /from'],
    ['a list', [], 'line 3:'],
  ];
  test.each(wrong)('%s is refused with its line, and nothing is stored', async (_, bad, message) => {
    const answer = await importFile(file(observation({ level: 'command/refused' }), bad), { key: 'ops' });
    expect(answer).toMatchObject({ status: 400, json: { code: 'invalid_request' } });
    expect(answer.json.detail).toContain(message);
    expect(answer.json.errors[0].path).toMatch(/^\/3/);
    expect((await exported()).text).not.toContain('command/refused');
  });

  const unreadable: [string, string, string][] = [
    ['no JSON', `${FIRST_LINE}\n{"metric":`, 'line 2: is not JSON'],
    ['a line without end', `${FIRST_LINE}\n${'x'.repeat(3_000)}`, 'line 2: is longer than'],
    ['no first line', JSON.stringify(observation()), 'line 1: expected {"format":"leeway-history","version":1} first'],
    ['a newer version', FIRST_LINE.replace('1}', '2}'), 'line 1: /version is 2; this server reads version 1'],
    ['nothing', '\n\n', 'expected at least the first line'],
  ];
  test.each(unreadable)('%s is refused', async (_, text, message) => {
    const answer = await importFile(text);
    expect(answer).toMatchObject({ status: 400, json: { code: 'invalid_request' } });
    expect(answer.json.detail).toContain(message);
  });

  test('a file of another sort is told about in at most twenty places', async () => {
    const answer = await importFile(file(...Array.from({ length: 100 }, () => ({ x: 1 }))));
    expect(answer.json.errors).toHaveLength(20);
  });

  test('neither is more than the policy allows: bytes, or rings of a tenant (F51)', async () => {
    expect(await importFile(file(...Array.from({ length: 3_000 }, () => observation())))).toMatchObject({
      status: 413,
    });
    const many = Array.from({ length: 101 }, (_, i) => observation({ level: `command/many-${i}` }));
    const answer = await importFile(file(...many));
    expect(answer.json.detail).toContain('the file has 101 rings; the policy keeps 100 of a tenant');
  });

  test('nor is a form of a web page', async () => {
    expect(await importFile(twenty, { type: 'text/plain' })).toMatchObject({ status: 415 });
  });
});

describe('who may', () => {
  test('a tenant sees its own history only', async () => {
    await importFile(file(observation({ level: 'command/secret' })), { query: '?tenant=zeta' });
    expect((await exported('zeta')).text).toContain('command/secret');
    expect((await exported('acme')).lines).toHaveLength(1);
    expect(await api.get('/v1/history/export?tenant=zeta', { authorization: 'Bearer acme' })).toMatchObject({
      status: 403,
    });
    expect((await exported('ops', '?tenant=zeta')).text).toContain('command/secret');
  });

  test('only an admin imports, and who only reads resets nothing', async () => {
    expect(await importFile(twenty, { key: 'acme' })).toMatchObject({ status: 403, json: { code: 'forbidden' } });
    expect(await reset(LEVEL, 'reader')).toMatchObject({ status: 403, json: { code: 'forbidden' } });
    expect(await reset(LEVEL, 'acme', '?tenant=zeta')).toMatchObject({ status: 403, json: { code: 'forbidden' } });
  });
});

test('the reset of a class forgets what it has taught (F51)', async () => {
  await importFile(twenty, { query: '?tenant=acme' });
  expect(await decisionFor('acme')).toMatchObject({ basis: 'history' });
  expect((await reset(LEVEL, 'acme')).json).toEqual({ class: LEVEL, tenant: 'acme', rings: 1, counters: false });
  expect(await decisionFor('acme')).toMatchObject({ basis: 'prior' });
  expect(await reset(LEVEL, 'acme')).toMatchObject({ status: 404, json: { code: 'class_not_found' } });
});

test('metrics tell how much is kept (F51)', async () => {
  const rings = async () => Number(/^leeway_history_rings (\d+)$/m.exec((await api.get('/metrics')).text)?.[1]);
  const before = await rings();
  await importFile(
    file(observation({ level: 'command/counted' }), observation({ level: 'command/counted', metric: 'idle' })),
  );
  expect(await rings()).toBe(before + 2);
});

test('with Redis away nothing is promised: 503, also for an export (G7)', async () => {
  const away = await startApi({ keys, redis: api.redis, redisUrl: 'unix:///nonexistent/redis.sock' });
  expect(await away.get('/v1/history/export', { authorization: 'Bearer ops' })).toMatchObject({
    status: 503,
    json: { code: 'store_unavailable' },
  });
  expect(await away.call('POST', '/v1/history/import', { raw: twenty, headers: as('ops') })).toMatchObject({
    status: 503,
  });
  await away.stop();
});

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { testKeys, withKey } from '../../../testing/keys.js';
import { startApi, type RunningApi } from '../../../testing/running-api.js';

const keys = testKeys(
  { name: 'acme' },
  { name: 'zeta' },
  { name: 'reader', scopes: ['read'] },
  { name: 'ops', scopes: ['admin'] },
);

const NDJSON = 'application/x-ndjson';
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
    bounds: { maxRings: 100, maxImportBytes: 200_000, historyMaxAgeMs: 0 },
  });
});
afterAll(() => api.stop());

const importFile = (
  raw: string,
  { key = 'ops', query = '', type = NDJSON }: { key?: string; query?: string; type?: string } = {},
) => api.call('POST', `/v1/history/import${query}`, { raw, headers: { ...withKey(key), 'content-type': type } });
const exported = async (key = 'ops', query = '') => {
  const response = await api.get(`/v1/history/export${query}`, withKey(key));
  return {
    ...response,
    lines: response.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  };
};
const reset = (className: string, key: string, query = '') =>
  api.call('DELETE', `/v1/classes/${encodeURIComponent(className)}/history${query}`, {
    headers: withKey(key),
  });
const decisionFor = async (key: string) => {
  const submission = { kind: 'command', input: { argv: ['node', 'report.js'] } };
  return (await api.post('/v1/estimates', submission, withKey(key))).json.decision;
};

describe('an imported history', () => {
  beforeEach(async () => {
    for (const tenant of ['acme', 'ops', 'zeta']) await reset(LEVEL, 'ops', `?tenant=${tenant}`);
  });

  test('is the base of the next decision, for its tenant only (F54)', async () => {
    expect(await decisionFor('acme')).toMatchObject({ basis: 'prior' });
    const { json } = await importFile(twenty, { query: '?tenant=acme' });
    expect(json).toEqual({ tenant: 'acme', observations: 20, rings: 1, added: 20 });
    expect(await decisionFor('acme')).toMatchObject({ basis: 'history', level: LEVEL, samples: 20 });
    expect((await decisionFor('acme')).deadlineMs).toBeLessThan(20_000);
    expect(await decisionFor('zeta')).toMatchObject({ basis: 'prior' });
  });

  test('is exported unchanged, and adds nothing when imported again (F54)', async () => {
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

  test('can also be one JSON array', async () => {
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

describe('an import refuses', () => {
  const wrong: [string, object, string][] = [
    ['a duration of 0', observation({ value: 0 }), 'line 3: /value'],
    ['a negative duration', observation({ value: -1 }), 'line 3: /value'],
    ['a duration of more than a year', observation({ value: 1e12 }), 'line 3: /value'],
    ['a duration as text', observation({ value: '4000' }), 'line 3: /value'],
    ['an unknown metric', observation({ metric: 'totals' }), 'line 3: /metric'],
    ['the load of the moment', observation({ metric: 'load' }), 'line 3: /metric'],
    ['a level that reaches into another key', observation({ level: 'a:b' }), 'line 3: /level'],
    ['a level with an empty part', observation({ level: 'command//x' }), 'line 3: /level'],
    ['an invalid time', observation({ at: 'yesterday' }), 'line 3: /at'],
    ['a time in the future', observation({ at: '2999-01-01T00:00:00Z' }), 'line 3: /at is in the future'],
    ['an unknown field', observation({ duration: 5 }), 'unknown field "duration"'],
    ['a source with spaces', observation({ from: 'a b' }), 'line 3: /from'],
    ['a list', [], 'line 3:'],
  ];
  test.each(wrong)('%s, with its line, and stores nothing', async (_, bad, message) => {
    const response = await importFile(file(observation({ level: 'command/refused' }), bad), { key: 'ops' });
    expect(response).toMatchObject({ status: 400, json: { code: 'invalid_request' } });
    expect(response.json.detail).toContain(message);
    expect(response.json.errors[0].path).toMatch(/^\/3/);
    expect((await exported()).text).not.toContain('command/refused');
  });

  const unreadable: [string, string, string][] = [
    ['a line that is not JSON', `${FIRST_LINE}\n{"metric":`, 'line 2: is not JSON'],
    ['a line that is too long', `${FIRST_LINE}\n${'x'.repeat(3_000)}`, 'line 2: is longer than'],
    [
      'a file without its first line',
      JSON.stringify(observation()),
      'line 1: expected {"format":"leeway-history","version":1} first',
    ],
    ['a file of a newer version', FIRST_LINE.replace('1}', '2}'), 'line 1: /version is 2; this server reads version 1'],
    ['an empty file', '\n\n', 'expected at least the first line'],
  ];
  test.each(unreadable)('%s', async (_, text, message) => {
    const response = await importFile(text);
    expect(response).toMatchObject({ status: 400, json: { code: 'invalid_request' } });
    expect(response.json.detail).toContain(message);
  });

  test('a file of another format, with at most twenty problems', async () => {
    const response = await importFile(file(...Array.from({ length: 100 }, () => ({ x: 1 }))));
    expect(response.json.errors).toHaveLength(20);
  });

  test('more bytes or more rings than the policy allows (F51)', async () => {
    expect(await importFile(file(...Array.from({ length: 3_000 }, () => observation())))).toMatchObject({
      status: 413,
    });
    const many = Array.from({ length: 101 }, (_, i) => observation({ level: `command/many-${i}` }));
    const response = await importFile(file(...many));
    expect(response.json.detail).toContain('the file has 101 rings; 100 are kept of a tenant');
  });

  test('the form of a web page', async () => {
    expect(await importFile(twenty, { type: 'text/plain' })).toMatchObject({ status: 415 });
  });
});

describe('a key', () => {
  test('exports only the history of its own tenant', async () => {
    await importFile(file(observation({ level: 'command/secret' })), { query: '?tenant=zeta' });
    expect((await exported('zeta')).text).toContain('command/secret');
    expect((await exported('acme')).lines).toHaveLength(1);
    expect(await api.get('/v1/history/export?tenant=zeta', withKey('acme'))).toMatchObject({
      status: 403,
    });
    expect((await exported('ops', '?tenant=zeta')).text).toContain('command/secret');
  });

  test('needs the scope admin to import and the scope control to reset', async () => {
    expect(await importFile(twenty, { key: 'acme' })).toMatchObject({ status: 403, json: { code: 'forbidden' } });
    expect(await reset(LEVEL, 'reader')).toMatchObject({ status: 403, json: { code: 'forbidden' } });
    expect(await reset(LEVEL, 'acme', '?tenant=zeta')).toMatchObject({ status: 403, json: { code: 'forbidden' } });
  });
});

test('the reset of a class deletes its history (F51)', async () => {
  await importFile(twenty, { query: '?tenant=acme' });
  expect(await decisionFor('acme')).toMatchObject({ basis: 'history' });
  expect((await reset(LEVEL, 'acme')).json).toEqual({ class: LEVEL, tenant: 'acme', rings: 1, counters: false });
  expect(await decisionFor('acme')).toMatchObject({ basis: 'prior' });
  expect(await reset(LEVEL, 'acme')).toMatchObject({ status: 404, json: { code: 'class_not_found' } });
});

test('the metrics show how many rings are stored (F51)', async () => {
  const rings = async () => Number(/^leeway_history_rings (\d+)$/m.exec((await api.get('/metrics')).text)?.[1]);
  const before = await rings();
  await importFile(
    file(observation({ level: 'command/counted' }), observation({ level: 'command/counted', metric: 'idle' })),
  );
  expect(await rings()).toBe(before + 2);
});

test('an export and an import are refused with 503 while Redis is away (G7)', async () => {
  const away = await startApi({ keys, redis: api.redis, redisUrl: 'unix:///nonexistent/redis.sock' });
  expect(await away.get('/v1/history/export', withKey('ops'))).toMatchObject({
    status: 503,
    json: { code: 'store_unavailable' },
  });
  expect(
    await away.call('POST', '/v1/history/import', {
      raw: twenty,
      headers: { ...withKey('ops'), 'content-type': NDJSON },
    }),
  ).toMatchObject({
    status: 503,
  });
  await away.stop();
});

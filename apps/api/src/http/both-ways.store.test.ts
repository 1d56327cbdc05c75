import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHash } from 'node:crypto';
import { parseKeys } from '@leeway/runtime';
import { hello, startApi, type ApiResponse, type CallOptions, type RunningApi } from '../../testing/running-api.js';

/**
 * With an empty query the same request is no longer found without Express. Everything that a client sees has to be the same.
 */
const THROUGH_EXPRESS = '?';

let api: RunningApi;
beforeAll(async () => {
  const hash = (key: string) => `sha256:${createHash('sha256').update(key).digest('hex')}`;
  const of = { tenant: 'acme', tier: 'free' };
  const keys = [
    { ...of, name: 'submits', hash: hash('key-submit'), scopes: ['submit', 'read'] },
    { ...of, name: 'reads', hash: hash('key-read'), scopes: ['read'] },
    { ...of, name: 'admin', hash: hash('key-admin'), scopes: ['admin'] },
    { name: 'other', hash: hash('key-other'), tenant: 'other', tier: 'free', scopes: ['submit', 'read'] },
  ];
  api = await startApi({
    policy: { limits: { maxPayloadBytes: 10_000 } },
    keys: parseKeys({ keys }, ['free', 'pro', 'enterprise']),
  });
});
afterAll(() => api.stop());

const key = { authorization: 'Bearer key-submit' };
const json = { ...key, 'content-type': 'application/json' };
const id = { 'x-request-id': 'same-id' };

const posts: [string, CallOptions][] = [
  ['a submission', { body: hello, headers: key }],
  [
    'a submission with every sort of field',
    { body: { ...hello, label: 'a', timeoutMs: 5_000, priority: 3, metadata: { ü: '✓' } }, headers: key },
  ],
  ['a delayed submission', { body: { ...hello, delayMs: 60_000 }, headers: key }],
  ['the id of the client', { body: hello, headers: { ...key, ...id } }],
  ['an id that cannot be used', { body: {}, headers: { ...key, 'x-request-id': 'a b' } }],
  [
    'a type with a charset',
    { raw: JSON.stringify(hello), headers: { ...key, 'content-type': 'application/json; charset=utf-8' } },
  ],
  ['no key', { body: hello }],
  ['an unknown key', { body: hello, headers: { authorization: 'Bearer nobody' } }],
  ['a key of another form', { body: hello, headers: { authorization: 'Basic eDp5' } }],
  ['a key without the scope', { body: hello, headers: { authorization: 'Bearer key-read' } }],
  ['another host', { body: hello, headers: { ...key, host: 'evil.example' } }],
  ['another origin', { body: hello, headers: { ...key, origin: 'https://evil.example' } }],
  ['a request of another site', { body: hello, headers: { ...key, 'sec-fetch-site': 'cross-site' } }],
  ['nothing', { headers: key }],
  ['an empty body', { raw: '', headers: json }],
  ['half a value', { raw: '{"kind":', headers: json }],
  ['bytes that are no UTF-8', { raw: Buffer.from([0x22, 0xff, 0xfe, 0x22]), headers: json }],
  ['a list', { raw: '[]', headers: json }],
  ['deep nesting', { raw: '['.repeat(4_000) + ']'.repeat(4_000), headers: json }],
  ['a name that is not accepted', { raw: '{"__proto__":1}', headers: json }],
  ['half a character', { body: { ...hello, label: '\ud800' }, headers: key }],
  ['a form', { raw: 'kind=command', headers: { ...key, 'content-type': 'application/x-www-form-urlencoded' } }],
  ['compressed JSON', { raw: JSON.stringify(hello), headers: { ...json, 'content-encoding': 'gzip' } }],
  ['too many bytes', { body: { ...hello, metadata: { a: 'x'.repeat(20_000) } }, headers: key }],
  ['too many bytes in parts', { raw: 'x'.repeat(50_000), headers: { ...json, 'transfer-encoding': 'chunked' } }],
  ['an unknown field', { body: { ...hello, timeout: 5 }, headers: key }],
  ['an unknown kind', { body: { kind: 'nothing', input: {} }, headers: key }],
  ['a value out of bounds', { body: { ...hello, priority: 99 }, headers: key }],
  ['an unusable Idempotency-Key', { body: hello, headers: { ...key, 'idempotency-key': 'ü' } }],
  ['a batch', { body: { jobs: [hello, { kind: 'nothing' }, hello, 5] }, headers: key }],
  ['an empty batch', { body: { jobs: [] }, headers: key }],
];

describe.each(['/v1/jobs', '/v1/jobs/batch'])(
  'POST %s has the same reply whether or not Express finds its route, for',
  (path) => {
    test.each(posts)('%s', async (_name, options) => {
      const [hot, express] = await both('POST', path, options);
      expect(seen(hot)).toEqual(seen(express));
    });

    test('an Idempotency-Key that comes again, with the same body and with another', async () => {
      const headers = { ...key, 'idempotency-key': `once ${path}` };
      const body = path.endsWith('batch') ? { jobs: [hello] } : hello;
      const other = path.endsWith('batch') ? { jobs: [{ ...hello, label: 'b' }] } : { ...hello, label: 'b' };
      const first = await api.call('POST', path, { body, headers });
      const [hot, express] = await both('POST', path, { body, headers });
      expect(express.json).toEqual(hot.json);
      expect(idOf(hot)).toBe(idOf(first));
      expect(hot.headers['idempotency-replayed']).toBe(express.headers['idempotency-replayed']);
      const [hotRefusal, expressRefusal] = await both('POST', path, { body: other, headers });
      expect(seen(hotRefusal)).toEqual(seen(expressRefusal));
    });
  },
);

describe('GET /v1/jobs/:id has the same reply whether or not Express finds its route, for', () => {
  const gets: [string, Record<string, string>][] = [
    ['its own tenant', key],
    ['another tenant', { authorization: 'Bearer key-other' }],
    ['nobody', {}],
    ['another host', { ...key, host: 'evil.example' }],
    ['the id of the client', { ...key, ...id }],
    ['a wait', { ...key, prefer: 'wait=1' }],
  ];
  test.each(gets)('%s', async (_name, headers) => {
    const { id: job } = await api.submit(hello, key);
    const [hot, express] = await both('GET', `/v1/jobs/${job}`, { headers });
    expect(seen(hot)).toEqual(seen(express));
  });

  test('a job that does not exist', async () => {
    const [hot, express] = await both('GET', '/v1/jobs/jnothing00', { headers: key });
    expect(hot.status).toBe(404);
    expect(seen(hot)).toEqual(seen(express));
  });
});

test('a request is counted under the same labels whether or not Express finds its route', async () => {
  const counts = async () => {
    const { text } = await api.get('/metrics', { authorization: 'Bearer key-admin' });
    return text
      .split('\n')
      .filter((line) => /^leeway_http_requests_total.*\/v1\/jobs"/.test(line))
      .join('\n');
  };
  const step = async (path: string) => {
    const before = sumOf(await counts());
    await api.call('POST', path, { body: hello, headers: key });
    await api.call('POST', path, { body: {}, headers: key });
    await expect.poll(async () => sumOf(await counts())).toBe(before + 2);
    return (await counts()).replaceAll(/ \d+$/gm, '');
  };
  expect(await step('/v1/jobs')).toBe(await step(`/v1/jobs${THROUGH_EXPRESS}`));
});

async function both(method: string, path: string, options: CallOptions): Promise<[ApiResponse, ApiResponse]> {
  return [await api.call(method, path, options), await api.call(method, `${path}${THROUGH_EXPRESS}`, options)];
}

function idOf({ json: body }: ApiResponse): string {
  return body.id ?? body.results[0].job.id;
}

function sumOf(lines: string): number {
  return lines.split('\n').reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

/** What a client sees of a response, without what is another for every request. */
function seen({ status, headers, text }: ApiResponse) {
  const { date: _date, 'x-request-id': requestId = '', ...others } = headers;
  const plain = (value: string) =>
    value
      .replaceAll(/j[0-9a-z]{25}/g, 'JOB')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
      .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'REQUEST');
  return {
    status,
    headers: plain(JSON.stringify(Object.entries(others))),
    requestId: plain(String(requestId)),
    text: plain(text),
  };
}

import { connect } from 'node:net';
import { ERRORS, type ErrorCode } from '@leeway/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hello, startApi, type ApiResponse, type CallOptions, type RunningApi } from '../../../testing/running-api.js';

let api: RunningApi;
beforeAll(async () => {
  api = await startApi({ policy: { limits: { maxPayloadBytes: 10_000 } } });
});
afterAll(async () => {
  const failed = api.lines.filter((line) => line.includes('request_failed'));
  await api.stop();
  expect(failed, 'requests that ended in an internal error').toEqual([]);
});

const json = { 'content-type': 'application/json' };
const raw = (text: string | Buffer, headers: Record<string, string> = json): CallOptions => ({ raw: text, headers });

function expectRefusal(response: ApiResponse, code: ErrorCode): void {
  expect(response.json, response.text).toMatchObject({
    code,
    status: ERRORS[code].status,
    type: `/docs/errors#${code}`,
  });
  expect(response.status).toBe(ERRORS[code].status);
  expect(response.headers['content-type']).toContain('application/problem+json');
  expect(response.json.requestId).toBe(response.headers['x-request-id']);
  expect(response.json.advice).not.toBe('');
}

describe('POST /v1/jobs refuses a body, with the right error code (F93):', () => {
  const bodies: [string, CallOptions, ErrorCode][] = [
    ['nothing', {}, 'invalid_request'],
    ['an empty body', raw(''), 'invalid_request'],
    ['half a value', raw('{"kind":'), 'invalid_json'],
    ['two values', raw('{} {}'), 'invalid_json'],
    ['NaN', raw('{"timeoutMs":NaN}'), 'invalid_json'],
    ['a NUL byte', raw('{"kind":"command\0"}'), 'invalid_json'],
    ['bytes that are no UTF-8', raw(Buffer.from([0x22, 0xff, 0xfe, 0x22])), 'invalid_json'],
    ['null', raw('null'), 'invalid_request'],
    ['a list', raw('[]'), 'invalid_request'],
    ['a text', raw('"command"'), 'invalid_request'],
    ['a number', raw('1e400'), 'invalid_request'],
    ['half a character', raw(JSON.stringify({ ...hello, label: '\ud800' })), 'invalid_request'],
    ['a million brackets', raw('['.repeat(4_000) + ']'.repeat(4_000)), 'invalid_request'],
    [
      'nesting in the metadata',
      raw(`{"kind":"command","input":{"argv":["ls"]},"metadata":${'{"a":'.repeat(500)}1${'}'.repeat(500)}}`),
      'invalid_request',
    ],
    ['a form', raw('kind=command', { 'content-type': 'application/x-www-form-urlencoded' }), 'unsupported_media_type'],
    [
      'a form with files',
      raw('--x--', { 'content-type': 'multipart/form-data; boundary=x' }),
      'unsupported_media_type',
    ],
    ['JSON called text', raw(JSON.stringify(hello), { 'content-type': 'text/plain' }), 'unsupported_media_type'],
    [
      'JSON in Latin-1',
      raw(JSON.stringify(hello), { 'content-type': 'application/json; charset=latin1' }),
      'unsupported_media_type',
    ],
    ['JSON without a type', raw(JSON.stringify(hello), {}), 'unsupported_media_type'],
    [
      'a type that only begins like JSON',
      raw(JSON.stringify(hello), { 'content-type': 'application/jsonp' }),
      'unsupported_media_type',
    ],
    ['compressed JSON', raw(JSON.stringify(hello), { ...json, 'content-encoding': 'gzip' }), 'unsupported_media_type'],
    ['too many bytes', raw(JSON.stringify({ ...hello, metadata: { a: 'x'.repeat(20_000) } })), 'payload_too_large'],
    ['a thousand times too many bytes', raw('x'.repeat(10_000_000)), 'payload_too_large'],
  ];
  test.each(bodies)('%s', async (_name, options, code) => {
    expectRefusal(await api.call('POST', '/v1/jobs', options), code);
  });

  test('too many bytes without a Content-Length', async () => {
    const headers = { ...json, 'transfer-encoding': 'chunked' };
    const response = await api.call('POST', '/v1/jobs', { raw: 'x'.repeat(50_000), headers });
    expectRefusal(response, 'payload_too_large');
  });
});

describe('POST /v1/jobs refuses invalid fields, and names each with what was expected (F92, F93):', () => {
  const fields: [object, string][] = [
    [{ timeoutMs: 0 }, '/timeoutMs'],
    [{ timeoutMs: -1 }, '/timeoutMs'],
    [{ timeoutMs: 1.5 }, '/timeoutMs'],
    [{ timeoutMs: '60000' }, '/timeoutMs'],
    [{ timeoutMs: null }, '/timeoutMs'],
    [{ timeoutMs: true }, '/timeoutMs'],
    [{ timeoutMs: 1e300 }, '/timeoutMs'],
    [{ timeoutMs: 9_007_199_254_740_993 }, '/timeoutMs'],
    [{ limits: { idleMs: 0 } }, '/limits/idleMs'],
    [{ limits: { overallMs: 1e12 } }, '/limits/overallMs'],
    [{ limits: [] }, '/limits'],
    [{ timeoutMs: 1_000, limits: { idleMs: 1_001 } }, '/limits/idleMs'],
    [{ timeoutMs: 1_000, limits: { firstOutputMs: 60_000 } }, '/limits/firstOutputMs'],
    [{ attempts: 0 }, '/attempts'],
    [{ attempts: 1_000_000 }, '/attempts'],
    [{ priority: 21 }, '/priority'],
    [{ priority: -1 }, '/priority'],
    [{ delayMs: -1 }, '/delayMs'],
    [{ completeBy: 'tomorrow' }, '/completeBy'],
    [{ label: '' }, '/label'],
    [{ label: 'a\0b' }, '/label'],
    [{ label: 'x'.repeat(201) }, '/label'],
    [{ metadata: 'text' }, '/metadata'],
    [{ onWorkerLost: 'shrug' }, '/onWorkerLost'],
    [{ kind: '' }, '/kind'],
    [{ kind: '../etc' }, '/kind'],
    [{ kind: 7 }, '/kind'],
    [{ input: null }, '/input'],
    [{ input: { argv: [] } }, '/input/argv'],
    [{ input: { argv: [''] } }, '/input/argv/0'],
    [{ input: { argv: 'ls -l' } }, '/input/argv'],
    [{ input: { argv: ['ls', 7] } }, '/input/argv/1'],
    [{ input: { argv: ['ls', 'a\0b'] } }, '/input/argv/1'],
    [{ input: { argv: ['ls'], cwd: 'relative' } }, '/input/cwd'],
    [{ input: { argv: ['ls'], env: { 'A=B': 'x' } } }, '/input/env/A=B'],
  ];
  test.each(fields)('%j', async (change, path) => {
    const response = await api.post('/v1/jobs', { ...hello, ...change });
    expectRefusal(response, 'invalid_request');
    expect(response.json.errors.map((error: { path: string }) => error.path)).toContain(path);
  });

  test.each([
    ['{"kind":"command","input":{"argv":["ls"]},"__proto__":{"admin":true}}', '/__proto__'],
    ['{"kind":"command","input":{"argv":["ls"]},"metadata":{"deep":[{"__proto__":1}]}}', '/metadata/deep/0/__proto__'],
    ['{"kind":"command","input":{"argv":["ls"],"env":{"__proto__":"x"}}}', '/input/env/__proto__'],
  ])('a prototype key: %s', async (text, path) => {
    const response = await api.call('POST', '/v1/jobs', raw(text));
    expectRefusal(response, 'invalid_request');
    expect(response.json.errors).toMatchObject([{ path }]);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  test('an unknown field, with the nearest known name', async () => {
    const response = await api.post('/v1/jobs', {
      ...hello,
      timeoutMS: 5,
      limits: { idleMS: 3 },
      constructor: 1,
      toString: 2,
    });
    expectRefusal(response, 'invalid_request');
    expect(response.json.detail).toContain('did you mean "timeoutMs"?');
    expect(response.json.detail).toContain('did you mean "idleMs"?');
  });

  test('an unknown kind, with the known kinds', async () => {
    const response = await api.post('/v1/jobs', { kind: 'comand', input: {} });
    expectRefusal(response, 'unknown_kind');
    expect(response.json.detail).toContain('command, chat');
  });

  test('an environment variable that changes which code runs (F190)', async () => {
    for (const name of ['LD_PRELOAD', 'NODE_OPTIONS', 'PATH']) {
      expectRefusal(
        await api.post('/v1/jobs', { ...hello, input: { argv: ['ls'], env: { [name]: 'x' } } }),
        'env_not_allowed',
      );
    }
  });

  test.each(['', 'x'.repeat(256), 'caf\u00e9'])('an Idempotency-Key of %j', async (key) => {
    expectRefusal(await api.post('/v1/jobs', hello, { 'idempotency-key': key }), 'invalid_idempotency_key');
  });
});

describe('a request to a wrong address', () => {
  const missing = '/v1/jobs/j00000000000000000000000000';
  const addresses: [string, string, ErrorCode][] = [
    ['GET', '/v1/job', 'not_found'],
    ['GET', '/', 'not_found'],
    ['GET', '//', 'not_found'],
    ['GET', '/V1/jobs', 'not_found'],
    ['GET', '/v1/jobs/../../etc/passwd', 'not_found'],
    ['GET', '/v1/jobs/%E0%A4', 'invalid_request'],
    ['GET', '/v1/jobs/short', 'job_not_found'],
    ['GET', '/v1/jobs/__proto__', 'job_not_found'],
    ['GET', '/v1/jobs/%00%00%00%00%00%00%00%00', 'job_not_found'],
    ['GET', `/v1/jobs/${'x'.repeat(65)}`, 'job_not_found'],
    ['GET', missing, 'job_not_found'],
    ['GET', `${missing}?wait=5`, 'job_not_found'],
    ['GET', `${missing}/events`, 'job_not_found'],
    ['GET', `${missing}/output`, 'job_not_found'],
    ['POST', `${missing}/cancel`, 'job_not_found'],
    ['GET', '/v1/classes/nothing', 'class_not_found'],
    ['GET', '/v1/classes/a%2Fb%00', 'class_not_found'],
    ['GET', `${missing}?wait=-1`, 'invalid_request'],
    ['GET', `${missing}?wait=1.5`, 'invalid_request'],
    ['GET', `${missing}?wait=`, 'invalid_request'],
    ['GET', `${missing}?wait=1&wait=2`, 'invalid_request'],
    ['GET', `${missing}/output?tail=0`, 'invalid_request'],
    ['GET', `${missing}/output?attempt=one`, 'invalid_request'],
    ['GET', `${missing}/events?after=yesterday`, 'invalid_request'],
    ['GET', '/v1/jobs?limit=0', 'invalid_request'],
    ['GET', '/v1/jobs?limit=201', 'invalid_request'],
    ['GET', '/v1/jobs?limit=1e1', 'invalid_request'],
    ['GET', '/v1/jobs?limit[]=1', 'invalid_request'],
    ['GET', '/v1/jobs?state=asleep', 'invalid_request'],
    ['GET', '/v1/jobs?state=', 'invalid_request'],
    ['GET', '/v1/jobs?cursor=nonsense', 'invalid_request'],
    ['GET', '/v1/jobs?cursor=99999999999999999999-aaaaaaaa', 'invalid_request'],
    ['GET', '/v1/jobs?__proto__=x', 'invalid_request'],
    ['GET', '/v1/jobs?lable=x', 'invalid_request'],
    ['GET', '/healthz?x=1', 'invalid_request'],
    ['PUT', '/v1/jobs', 'method_not_allowed'],
    ['DELETE', missing, 'method_not_allowed'],
    ['POST', missing, 'method_not_allowed'],
    ['OPTIONS', '/v1/jobs', 'method_not_allowed'],
    ['TRACE', '/v1/jobs', 'method_not_allowed'],
    ['GET', `${missing}/cancel`, 'method_not_allowed'],
    ['POST', `${missing}/explode`, 'not_found'],
    ['GET', '/v1/ws', 'upgrade_required'],
    ['POST', '/mcp', 'invalid_request'],
    ['GET', '/mcp', 'method_not_allowed'],
  ];
  test.each(addresses)('is refused with the right error code: %s %s', async (method, path, code) => {
    expectRefusal(await api.call(method, path), code);
  });

  test('with a method that is not available gets a list of those that are', async () => {
    expect((await api.call('DELETE', '/v1/jobs')).headers.allow).toBe('POST, GET, HEAD');
    expect((await api.call('GET', '/v1/jobs/batch')).headers.allow).toBe('POST');
  });

  test('with HEAD gets the response of GET without its body', async () => {
    expect(await api.call('HEAD', '/healthz')).toMatchObject({ status: 200, text: '' });
    const { id } = await api.submit(hello);
    expect(await api.call('HEAD', `/v1/jobs/${id}/events`)).toMatchObject({ status: 200, text: '' });
  });

  test('with an unknown parameter gets the nearest known name', async () => {
    expect((await api.get('/v1/jobs?lable=x')).json.detail).toContain('did you mean "label"?');
  });
});

describe('bytes that are not an HTTP request get a response with an error code, and do not harm other requests:', () => {
  const lines = ['GET /healthz HTTP/1.1', 'Host: localhost'];
  test.each([
    ['nonsense', 'nonsense\r\n\r\n'],
    ['a header without a name', [...lines, ': x', '', ''].join('\r\n')],
    ['a NUL in a header', [...lines, 'X-A: a\0b', '', ''].join('\r\n')],
    ['two lengths', [...lines, 'Content-Length: 5', 'Content-Length: 6', '', ''].join('\r\n')],
    [
      'a length and chunks',
      ['POST /v1/jobs HTTP/1.1', 'Host: x', 'Content-Length: 5', 'Transfer-Encoding: chunked', '', ''].join('\r\n'),
    ],
    ['headers without end', [...lines, `X-A: ${'a'.repeat(100_000)}`, '', ''].join('\r\n')],
  ])('%s', async (_name, bytes) => {
    const response = await exchange(bytes);
    expect(response).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(response).toMatch(/"code":"\w+"/);
    expect((await api.get('/healthz')).status).toBe(200);
  });

  test('a request without Host, and one with an unknown expectation', async () => {
    expect(await exchange('GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 403 .*"code":"host_not_allowed"/s,
    );
    const odd = await exchange(
      `GET /v1/nothing HTTP/1.1\r\nHost: localhost:${api.port}\r\nExpect: a miracle\r\nConnection: close\r\n\r\n`,
    );
    expect(odd).toMatch(/^HTTP\/1\.1 404 .*"code":"not_found"/s);
  });

  function exchange(bytes: string): Promise<string> {
    return new Promise((resolve, reject) => {
      let received = '';
      const socket = connect(api.port, '127.0.0.1', () => socket.write(bytes));
      socket.on('data', (chunk) => (received += chunk.toString()));
      socket.on('close', () => resolve(received));
      socket.on('error', reject);
    });
  }
});

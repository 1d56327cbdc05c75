import { connect } from 'node:net';
import { ERRORS, type ErrorCode } from '@leeway/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hello, startApi, type Answer, type CallOptions, type RunningApi } from '../../../testing/running-api.js';

let api: RunningApi;
beforeAll(async () => {
  api = await startApi({ policy: { limits: { maxPayloadBytes: 10_000 } } });
});
afterAll(async () => {
  const failed = api.lines.filter((line) => line.includes('request_failed'));
  await api.stop();
  expect(failed, 'no request may end in an internal error').toEqual([]);
});

const json = { 'content-type': 'application/json' };
const raw = (text: string | Buffer, headers: Record<string, string> = json): CallOptions => ({ raw: text, headers });

function expectRefusal(answer: Answer, code: ErrorCode): void {
  expect(answer.json, answer.text).toMatchObject({ code, status: ERRORS[code].status, type: `/docs/errors#${code}` });
  expect(answer.status).toBe(ERRORS[code].status);
  expect(answer.headers['content-type']).toContain('application/problem+json');
  expect(answer.json.requestId).toBe(answer.headers['x-request-id']);
  expect(answer.json.advice).not.toBe('');
}

describe('a body that is not what it should be is refused with a code (F93)', () => {
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

  test('too many bytes without saying how many', async () => {
    const headers = { ...json, 'transfer-encoding': 'chunked' };
    const answer = await api.call('POST', '/v1/jobs', { raw: 'x'.repeat(50_000), headers });
    expectRefusal(answer, 'payload_too_large');
  });
});

describe('a field that is not what it should be is named, with what was expected (F92, F93)', () => {
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
    const answer = await api.post('/v1/jobs', { ...hello, ...change });
    expectRefusal(answer, 'invalid_request');
    expect(answer.json.errors.map((error: { path: string }) => error.path)).toContain(path);
  });

  test.each([
    ['{"kind":"command","input":{"argv":["ls"]},"__proto__":{"admin":true}}', '/__proto__'],
    ['{"kind":"command","input":{"argv":["ls"]},"metadata":{"deep":[{"__proto__":1}]}}', '/metadata/deep/0/__proto__'],
    ['{"kind":"command","input":{"argv":["ls"],"env":{"__proto__":"x"}}}', '/input/env/__proto__'],
  ])('a prototype key: %s', async (text, path) => {
    const answer = await api.call('POST', '/v1/jobs', raw(text));
    expectRefusal(answer, 'invalid_request');
    expect(answer.json.errors).toMatchObject([{ path }]);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  test('an unknown field is an error that names the nearest known one', async () => {
    const answer = await api.post('/v1/jobs', {
      ...hello,
      timeoutMS: 5,
      limits: { idleMS: 3 },
      constructor: 1,
      toString: 2,
    });
    expectRefusal(answer, 'invalid_request');
    expect(answer.json.detail).toContain('did you mean "timeoutMs"?');
    expect(answer.json.detail).toContain('did you mean "idleMs"?');
  });

  test('an unknown kind is an error that lists the known ones', async () => {
    const answer = await api.post('/v1/jobs', { kind: 'comand', input: {} });
    expectRefusal(answer, 'unknown_kind');
    expect(answer.json.detail).toContain('command, chat');
  });

  test('a variable that changes which code runs is refused (F190)', async () => {
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

describe('an address that is not what it should be is refused with a code', () => {
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
  test.each(addresses)('%s %s', async (method, path, code) => {
    expectRefusal(await api.call(method, path), code);
  });

  test('a method that is not available comes with those that are', async () => {
    expect((await api.call('DELETE', '/v1/jobs')).headers.allow).toBe('POST, GET, HEAD');
    expect((await api.call('GET', '/v1/jobs/batch')).headers.allow).toBe('POST');
  });

  test('HEAD answers like GET, without a body', async () => {
    expect(await api.call('HEAD', '/healthz')).toMatchObject({ status: 200, text: '' });
    const { id } = await api.submit(hello);
    expect(await api.call('HEAD', `/v1/jobs/${id}/events`)).toMatchObject({ status: 200, text: '' });
  });

  test('the nearest parameter is named', async () => {
    expect((await api.get('/v1/jobs?lable=x')).json.detail).toContain('did you mean "label"?');
  });
});

describe('bytes that are no HTTP request get an answer with a code and never harm others', () => {
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
    const said = await speak(bytes);
    expect(said).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(said).toMatch(/"code":"\w+"/);
    expect((await api.get('/healthz')).status).toBe(200);
  });

  test('a request without Host, or with an expectation nobody knows', async () => {
    expect(await speak('GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 403 .*"code":"host_not_allowed"/s,
    );
    const odd = await speak(
      `GET /v1/nothing HTTP/1.1\r\nHost: localhost:${api.port}\r\nExpect: a miracle\r\nConnection: close\r\n\r\n`,
    );
    expect(odd).toMatch(/^HTTP\/1\.1 404 .*"code":"not_found"/s);
  });

  function speak(bytes: string): Promise<string> {
    return new Promise((resolve, reject) => {
      let said = '';
      const socket = connect(api.port, '127.0.0.1', () => socket.write(bytes));
      socket.on('data', (chunk) => (said += chunk.toString()));
      socket.on('close', () => resolve(said));
      socket.on('error', reject);
    });
  }
});

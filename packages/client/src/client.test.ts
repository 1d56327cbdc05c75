import { afterEach, expect, test } from 'vitest';
import {
  hangUp,
  json,
  problem,
  scriptedServer,
  silence,
  type Answer,
  type ScriptedServer,
} from '../testing/scripted-server.js';
import { ApiError } from './api-error.js';
import { LeewayClient } from './client.js';
import type { TransportOptions } from './transport.js';

let server: ScriptedServer;
afterEach(() => server.close());

async function clientOf(
  answers: [Answer, ...Answer[]],
  options: Partial<TransportOptions> = {},
): Promise<LeewayClient> {
  server = await scriptedServer(...answers);
  return new LeewayClient({ url: server.url, backOff: { firstMs: 1, maxMs: 5 }, ...options });
}

function failure(call: Promise<unknown>): Promise<ApiError> {
  return call.then(
    () => expect.fail('expected the call to reject'),
    (error: unknown) => error as ApiError,
  );
}

const command = { kind: 'command', input: { argv: ['true'] } };
const job = (state: string) => ({ id: 'job-12345678', state });

test('a field that was not given is not sent, neither as 0 nor as null (F3)', async () => {
  const client = await clientOf([json(job('queued'), 202)]);
  await client.submit({ ...command, timeoutMs: undefined, label: undefined, limits: { idleMs: undefined } });
  expect(JSON.parse(server.seen[0]!.body)).toEqual({ ...command, limits: {} });
  expect(server.seen[0]!.body).not.toMatch(/null|timeoutMs|label|idleMs/);
});

test('the key is sent as a bearer token, and no such header without a key', async () => {
  const withKey = await clientOf([json({ workers: [] })], { key: 'secret' });
  await withKey.workers();
  expect(server.seen[0]!.headers.authorization).toBe('Bearer secret');
  await new LeewayClient({ url: server.url }).workers();
  expect(server.seen[1]!.headers).not.toHaveProperty('authorization');
});

test('a submission whose reply was lost is repeated under the same Idempotency-Key', async () => {
  const client = await clientOf([hangUp, problem('outcome_unknown', 'no answer in time'), json(job('queued'), 202)]);
  expect(await client.submit(command)).toEqual(job('queued'));
  const keys = server.seen.map((request) => request.headers['idempotency-key']);
  expect(keys).toHaveLength(3);
  expect(new Set(keys).size).toBe(1);
});

test('two submissions have different Idempotency-Keys', async () => {
  const client = await clientOf([json(job('queued'), 202)]);
  await client.submit(command);
  await client.submit(command);
  expect(server.seen[0]!.headers['idempotency-key']).not.toBe(server.seen[1]!.headers['idempotency-key']);
});

test('a refusal is an error with code, status, detail, advice and request id, and is not repeated (F92)', async () => {
  const client = await clientOf([problem('invalid_request', '/timeoutMs: expected at least 1 ms; got 0')]);
  const error = await failure(client.submit({ ...command, timeoutMs: 0 }));
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({
    code: 'invalid_request',
    status: 400,
    detail: '/timeoutMs: expected at least 1 ms; got 0',
    advice: 'Correct the fields listed in `errors`.',
    requestId: 'req-1',
  });
  expect(server.seen).toHaveLength(1);
});

test('a call to a busy server is repeated after the time that the server names', async () => {
  const client = await clientOf([
    problem('store_unavailable', 'Redis is away', { 'retry-after': '0.05' }),
    json({ workers: [] }),
  ]);
  const startedAt = performance.now();
  await client.workers();
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(50);
});

test('a call is not repeated where the server names a time beyond the limit for repetitions', async () => {
  const client = await clientOf([problem('queue_full', '100000 jobs wait', { 'retry-after': '60' })]);
  expect(await failure(client.submit(command))).toMatchObject({ code: 'queue_full', retryAfterMs: 60_000 });
  expect(server.seen).toHaveLength(1);
});

test('a batch, which has no Idempotency-Key, is never sent twice', async () => {
  const client = await clientOf([problem('store_unavailable', 'Redis is away')]);
  expect(await failure(client.batch([command]))).toMatchObject({ code: 'store_unavailable' });
  expect(server.seen).toHaveLength(1);
});

test('a call without a reply fails with timed_out', async () => {
  const client = await clientOf([silence], { timeoutMs: 30, retryForMs: 0 });
  expect(await failure(client.get('job-12345678'))).toMatchObject({ code: 'timed_out', status: undefined });
});

test('an aborted call rejects with the reason of its signal', async () => {
  const client = await clientOf([silence]);
  const controller = new AbortController();
  const call = failure(client.get('job-12345678', { signal: controller.signal }));
  controller.abort(new Error('changed my mind'));
  expect(await call).toMatchObject({ message: 'changed my mind' });
});

test('an unreachable server is an error with its address and advice', async () => {
  const client = await clientOf([silence], { retryForMs: 0 });
  await server.close();
  const error = await failure(client.workers());
  expect(error).toMatchObject({ code: 'unreachable', detail: `cannot reach ${server.url}: nothing listens there` });
  expect(error.advice).toContain('npm start');
});

test('the reply of a server that is not Leeway is an error with the code unexpected_reply', async () => {
  const page: Answer = (_request, response) =>
    void response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>no</h1>');
  const client = await clientOf([page]);
  expect(await failure(client.get('job-12345678'))).toMatchObject({ code: 'unexpected_reply', status: 404 });
});

test('waitFor polls until the job has ended', async () => {
  const client = await clientOf([json(job('running')), json(job('running')), json(job('failed'))]);
  expect(await client.waitFor('job-12345678')).toEqual(job('failed'));
  expect(server.seen.map((request) => request.url)).toEqual(Array(3).fill('/v1/jobs/job-12345678?wait=25'));
});

test('waitFor rejects at its own limit with the state of the job', async () => {
  const client = await clientOf([json(job('running'))]);
  const error = await failure(client.waitFor('job-12345678', { timeoutMs: 20 }));
  expect(error).toMatchObject({ code: 'timed_out', detail: 'job job-12345678 is still running after 20 ms' });
});

test('list yields the jobs of all pages, in pages of the size that was asked for', async () => {
  const client = await clientOf([
    json({ jobs: [{ id: 'a' }, { id: 'b' }], next: 'c 1' }),
    json({ jobs: [{ id: 'c' }], next: null }),
  ]);
  const ids: string[] = [];
  for await (const { id } of client.list({ state: 'failed', pageSize: 2 })) ids.push(id);
  expect(ids).toEqual(['a', 'b', 'c']);
  expect(server.seen.map((request) => request.url)).toEqual([
    '/v1/jobs?state=failed&limit=2',
    '/v1/jobs?state=failed&limit=2&cursor=c+1',
  ]);
});

test('the name of a class is encoded in the path', async () => {
  const client = await clientOf([json({})]);
  await client.class('command/node/-e/a b');
  expect(server.seen[0]!.url).toBe('/v1/classes/command%2Fnode%2F-e%2Fa%20b');
});

test('health reports live and ready apart', async () => {
  const answer: Answer = (request, response) =>
    (request.url === '/healthz' ? json({}) : problem('store_unavailable', 'Redis is away'))(request, response);
  const client = await clientOf([answer]);
  expect(await client.health()).toEqual({ live: true, ready: false });
});

test('an address that is not http or https is refused by the constructor', async () => {
  await clientOf([silence]);
  expect(() => new LeewayClient({ url: 'ftp://x' })).toThrow('expected an http or https address; got "ftp://x"');
});

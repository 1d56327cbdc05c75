import { waitUntil } from '@leeway/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { actingWorker, type ActingWorker } from '../../testing/acting-worker.js';
import { connectRpc, type RpcClient } from '../../testing/rpc-client.js';
import { hello, startApi, type RunningApi } from '../../testing/running-api.js';

let api: RunningApi;
let worker: ActingWorker;
let client: RpcClient;
beforeAll(async () => {
  api = await startApi({
    policy: { limits: { maxPayloadBytes: 8_192 } },
    bounds: { confirmMs: 300, maxSocketCalls: 5 },
  });
  worker = actingWorker(api);
  client = await connectRpc(api.port);
});
afterAll(async () => {
  await worker.stop();
  await api.stop();
});

describe('the calls of the API over one WebSocket (F161)', () => {
  test('have the results of the same calls over HTTP', async () => {
    const job = await client.result('jobs.submit', { ...hello, label: 'rpc', metadata: { a: 1 } });
    expect(job).toMatchObject({ state: 'queued', label: 'rpc', metadata: { a: 1 } });
    expect(await client.result('jobs.get', { id: job.id })).toEqual((await api.get(`/v1/jobs/${job.id}`)).json);
    expect(await client.result('jobs.list', { label: 'rpc', limit: 5 })).toEqual(
      (await api.get('/v1/jobs?label=rpc&limit=5')).json,
    );
    expect(await client.result('estimates.create', hello)).toMatchObject({ class: 'command/node/-e', decision: {} });
    expect(await client.result('config.get')).toEqual((await api.get('/v1/config')).json);
    expect(await client.result('workers.list')).toEqual((await api.get('/v1/workers')).json);
    expect(await client.result('jobs.patch', { id: job.id, timeoutMs: 1_234 })).toMatchObject({ done: 'changed' });
    expect(await client.result('jobs.pause', { id: job.id })).toMatchObject({ done: 'paused' });
    expect(await client.result('jobs.resume', { id: job.id })).toMatchObject({ done: 'resumed' });
    expect(await client.result('jobs.cancel', { id: job.id, reason: 'over' })).toMatchObject({
      done: 'cancelled',
      job: { error: { message: 'over' } },
    });
    expect(await client.result('jobs.retry', { id: job.id, attempts: 1 })).toMatchObject({ done: 'retried' });
  });

  test('take the headers of a call as parameters', async () => {
    const params = { ...hello, idempotencyKey: 'same' };
    const first = await client.result('jobs.submit', params);
    expect((await client.result('jobs.submit', params)).id).toBe(first.id);
    const other = await client.call('jobs.submit', { ...params, label: 'other' });
    expect(other.error).toMatchObject({ code: -32_000, data: { code: 'idempotency_conflict', status: 422 } });
    expect((await api.submit(hello, { 'idempotency-key': 'same' })).id).toBe(first.id);
  });

  test('can wait for the end of a job, and read its output', async () => {
    const job = await api.submit(hello);
    const waiting = client.result('jobs.get', { id: job.id, wait: 20 });
    const attempt = await worker.claim(job);
    await worker.report(attempt, { type: 'output', stream: 'stdout', text: 'hi' });
    await worker.settle(attempt, { state: 'succeeded', result: { exitCode: 0 } });
    expect(await waiting).toMatchObject({ state: 'succeeded', result: { exitCode: 0 } });
    expect(await client.result('jobs.output', { id: job.id, tail: '1' })).toMatchObject({ chunks: [{ text: 'i' }] });
  });

  test('are refused with the problem document of the same call over HTTP', async () => {
    const refused = async (method: string, params: object) => (await client.call(method, params)).error;
    expect(await refused('jobs.get', { id: 'j00000000000000000000000000' })).toMatchObject({
      code: -32_000,
      data: { status: 404, code: 'job_not_found', advice: expect.any(String), requestId: expect.any(String) },
    });
    expect(await refused('jobs.submit', { ...hello, labl: 'x' })).toMatchObject({
      code: -32_602,
      data: { code: 'invalid_request', errors: [{ path: '/labl', message: expect.stringContaining('"label"') }] },
    });
    expect(await refused('jobs.submit', {})).toMatchObject({ code: -32_602 });
    expect(await refused('jobs.get', {})).toMatchObject({ data: { errors: [{ path: '/id' }] } });
    expect(await refused('jobs.get', { id: ['x'] })).toMatchObject({ data: { errors: [{ path: '/id' }] } });
    expect(await refused('jobs.list', { limit: 1.5 })).toMatchObject({ data: { errors: [{ path: '/limit' }] } });
    expect(await refused('jobs.list', { states: 'queued' })).toMatchObject({
      data: { errors: [{ message: expect.stringContaining('"state"') }] },
    });
  });
});

describe('JSON-RPC 2.0 (F161)', () => {
  const request = (more: object) => JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'workers.list', ...more });

  test.each([
    { message: '{"jsonrpc"', code: -32_700, id: null, data: { code: 'invalid_json' } },
    { message: '42', code: -32_600, id: null },
    { message: '[]', code: -32_600, id: null },
    { message: '[0,0,0,0,0,0]', code: -32_600, id: null },
    { message: '{}', code: -32_600, id: null },
    { message: request({ jsonrpc: '1.0' }), code: -32_600, id: 1 },
    { message: request({ method: 7 }), code: -32_600, id: 1 },
    { message: request({ id: {} }), code: -32_600, id: null },
    { message: request({ params: ['x'] }), code: -32_602, id: 1 },
    { message: request({ method: 'jobs.sumbit' }), code: -32_601, id: 1, data: { code: 'not_found' } },
    { message: request({ method: 'constructor' }), code: -32_601, id: 1 },
    { message: '{"jsonrpc":"2.0","id":1,"method":"workers.list","params":{"__proto__":1}}', code: -32_600, id: null },
    { message: `${'['.repeat(500)}${']'.repeat(500)}`, code: -32_600, id: null },
  ])('refuses the message $message', async ({ message, code, id, data = {} }) => {
    const response = await client.exchange(message);
    expect(response).toMatchObject({ jsonrpc: '2.0', id, error: { code, data } });
    expect(response.error.data.detail).not.toBe('');
  });

  test('replies to a batch with one list, and never to notifications', async () => {
    const other = await connectRpc(api.port);
    const batch = [
      { jsonrpc: '2.0', id: 'a', method: 'workers.list' },
      { jsonrpc: '2.0', method: 'jobs.submit', params: { ...hello, label: 'notified' } },
      { jsonrpc: '2.0', id: null, method: 'jobs.get', params: { id: 'x' } },
      3,
    ];
    const replies = await other.exchange(JSON.stringify(batch));
    expect(replies).toMatchObject([{ id: 'a' }, { id: null, error: { code: -32_000 } }, { error: { code: -32_600 } }]);
    expect((await api.get('/v1/jobs?label=notified')).json.jobs).toHaveLength(1);
    other.socket.send(JSON.stringify({ jsonrpc: '2.0', method: 'no.such' }));
    other.socket.send(JSON.stringify([{ jsonrpc: '2.0', method: 'workers.list' }]));
    await other.result('workers.list');
    expect(other.received).toHaveLength(2);
    await other.close();
  });

  test('bounds the pending calls of one connection', async () => {
    const { id } = await api.submit(hello);
    const other = await connectRpc(api.port);
    const waiting = { jsonrpc: '2.0', method: 'jobs.get', params: { id, wait: 20 } };
    for (let n = 0; n < 5; n += 1) other.socket.send(JSON.stringify({ ...waiting, id: n }));
    expect((await other.call('jobs.get', { id })).error).toMatchObject({ data: { code: 'rate_limited', status: 429 } });
    await api.post(`/v1/jobs/${id}/cancel`);
    await waitUntil(() => other.received.length === 6, { what: 'all responses' });
    await other.result('workers.list');
    await other.close();
  });
});

describe('an invalid frame', () => {
  test('closes only its own connection, with 1009 when it is too large', async () => {
    const other = await connectRpc(api.port);
    other.socket.send('x'.repeat(8_193));
    expect((await other.closed).code).toBe(1009);
    await client.result('workers.list');
  });

  test('closes the connection with 1003 when it is binary, with 1007 when it is not UTF-8', async () => {
    const binary = await connectRpc(api.port);
    binary.socket.send(Buffer.from('{}'));
    expect(await binary.closed).toEqual({ code: 1003, reason: 'messages are text' });
    const broken = await connectRpc(api.port);
    broken.socket.send(Buffer.from([0xff, 0xfe]), { binary: false });
    expect((await broken.closed).code).toBe(1007);
  });

  test('closes the connection with 1002 when it is not a frame at all, and the server continues', async () => {
    const other = await connectRpc(api.port);
    (other.socket as unknown as { _socket: { write(text: string): void } })._socket.write('no frame at all');
    expect((await other.closed).code).toBe(1002);
    expect((await api.get('/healthz')).status).toBe(200);
  });
});

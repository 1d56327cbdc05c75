import { waitUntil } from '@leeway/testkit';
import { afterAll, beforeAll, describe, expect, test, type TestContext } from 'vitest';
import { actingWorker, type ActingWorker } from '../../testing/acting-worker.js';
import { connectRpc } from '../../testing/rpc-client.js';
import { hello, startApi, type RunningApi } from '../../testing/running-api.js';

const options = {
  policy: { api: { keepAliveMs: 1_000 } },
  bounds: { maxSubscriptions: 2, maxSocketBytes: 65_536 },
};

let api: RunningApi;
let worker: ActingWorker;
beforeAll(async () => {
  api = await startApi(options);
  worker = actingWorker(api);
});
afterAll(async () => {
  await worker.stop();
  await api.stop();
});

/** An API that ends with the test. */
async function startOwn({ onTestFinished }: TestContext): Promise<RunningApi> {
  const own = await startApi(options);
  onTestFinished(() => own.stop());
  return own;
}

describe('jobs.subscribe', () => {
  test('sends past and new events with ids, and a notification at the end (F160, F161)', async () => {
    const client = await connectRpc(api.port);
    const job = await client.result('jobs.submit', hello);
    const { subscription } = await client.result('jobs.subscribe', { id: job.id });
    const attempt = await worker.claim(job);
    await worker.report(attempt, { type: 'progress', value: { percent: 50 } });
    await worker.report(attempt, { type: 'output', stream: 'stdout', text: 'line' });
    await waitUntil(() => client.events(subscription).length === 4, { what: 'four events' });
    await worker.settle(attempt, { state: 'succeeded' });
    const { reason, lastEventId } = await client.ended(subscription);
    expect(reason).toBe('finished');
    const events = client.events(subscription);
    expect(events.map(({ type }) => type)).toEqual([
      ...['submitted', 'started', 'progress', 'output', 'attempt_ended', 'finished'],
    ]);
    expect(events.at(-1)?.id).toBe(lastEventId);
    const overHttp = (await api.get(`/v1/jobs/${job.id}/events`)).text;
    for (const event of events) expect(overHttp).toContain(`data: ${JSON.stringify(event)}\n`);
    await client.close();
  });

  test('sends a new deadline with its time, so that clients can set their own clocks (F97)', async () => {
    const client = await connectRpc(api.port);
    const job = await api.submit(hello);
    const { subscription } = await client.result('jobs.subscribe', { id: job.id });
    const attempt = await worker.claim(job);
    await worker.decide(attempt, 90_000);
    const extended = await waitUntil(() => client.events(subscription).find(({ type }) => type === 'extended'), {
      what: 'the new deadline',
    });
    const { attempts } = (await api.get(`/v1/jobs/${job.id}`)).json;
    expect(extended.data).toMatchObject({ deadlineMs: 90_000 });
    expect((extended.data as { deadlineAt: number }).deadlineAt).toBe(Date.parse(attempts[0].startedAt) + 90_000);
    await worker.settle(attempt, { state: 'succeeded' });
    await client.close();
  });

  test('can be continued on another connection after the last event: a lost connection does not end a job (F98)', async () => {
    const first = await connectRpc(api.port);
    const job = await first.result('jobs.submit', hello);
    const { subscription } = await first.result('jobs.subscribe', { id: job.id });
    const attempt = await worker.claim(job);
    await worker.report(attempt, { type: 'output', stream: 'stdout', text: 'a' });
    await waitUntil(() => first.events(subscription).length === 3, { what: 'three events' });
    const before = first.events(subscription);
    first.socket.terminate();
    await api.waitForGauge(0, 'leeway_open_sockets');
    await api.waitForGauge(0);
    await worker.report(attempt, { type: 'output', stream: 'stdout', text: 'b' });
    const second = await connectRpc(api.port);
    const again = await second.result('jobs.subscribe', { id: job.id, after: before.at(-1)?.id });
    await worker.settle(attempt, { state: 'succeeded' });
    await second.ended(again.subscription);
    const all = [...before, ...second.events(again.subscription)];
    expect(all.map(({ type }) => type)).toEqual([
      ...['submitted', 'started', 'output', 'output', 'attempt_ended', 'finished'],
    ]);
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    await second.close();
  });

  test('can be ended, also twice, and is bounded for each connection', async () => {
    const client = await connectRpc(api.port);
    const { id } = await api.submit(hello);
    const { subscription } = await client.result('jobs.subscribe', { id });
    await client.result('jobs.subscribe', { id });
    expect((await client.call('jobs.subscribe', { id })).error).toMatchObject({ data: { code: 'rate_limited' } });
    expect(await client.result('jobs.unsubscribe', { subscription })).toEqual({ done: 'unsubscribed' });
    expect(await client.result('jobs.unsubscribe', { subscription })).toEqual({ done: 'already' });
    expect((await client.call('jobs.unsubscribe', { id })).error?.code).toBe(-32_602);
    const next = await client.result('jobs.subscribe', { id });
    await api.post(`/v1/jobs/${id}/cancel`);
    await client.ended(next.subscription);
    expect(client.events(subscription).map(({ type }) => type)).toEqual(['submitted']);
    await client.close();
    await api.waitForGauge(0);
  });

  test('takes no place when it is refused', async () => {
    const client = await connectRpc(api.port);
    for (let n = 0; n < 4; n += 1)
      expect((await client.call('jobs.subscribe', { id: 'j00000000000000000000000000' })).error).toMatchObject({
        data: { code: 'job_not_found' },
      });
    expect((await client.call('jobs.subscribe', { id: 'x', after: 'yesterday' })).error?.code).toBe(-32_602);
    await client.close();
  });
});

// Concurrent, each with an API of its own: most of their time is the interval of the pings.
describe.concurrent('a client', () => {
  test('that does not read its responses is disconnected, which bounds the memory of the server', async (context) => {
    const own = await startOwn(context);
    const client = await connectRpc(own.port);
    client.socket.pause();
    const request = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'config.get' });
    let sent = 0;
    await waitUntil(
      async () => {
        // Fewer at once than may be pending, so that none is refused for that.
        for (let n = 0; n < 50 && client.socket.bufferedAmount === 0; n += 1, sent += 1) client.socket.send(request);
        return (await own.gauge('leeway_open_sockets')) === 0;
      },
      { what: 'the server to close it', timeoutMs: 20_000 },
    );
    client.socket.resume();
    expect([1006, 1008]).toContain((await client.closed).code);
    expect(sent).toBeGreaterThan(0);
  });

  test('that does not read its events is pinged, and disconnected when it does not reply (F159)', async (context) => {
    const own = await startOwn(context);
    const acting = actingWorker(own);
    const job = await own.submit(hello);
    const attempt = await acting.claim(job);
    const client = await connectRpc(own.port);
    await client.result('jobs.subscribe', { id: job.id });
    client.socket.pause();
    await acting.report(attempt, { type: 'output', stream: 'stdout', text: 'x'.repeat(10_000) });
    await own.waitForGauge(0, 'leeway_open_sockets');
    client.socket.resume();
    expect((await client.closed).code).toBe(1006);
    expect((await own.get(`/v1/jobs/${job.id}`)).json.state).toBe('running');
    await acting.settle(attempt, { state: 'succeeded' });
    await acting.stop();
  });

  test('that replies to pings stays connected, and pings are not events (F159)', async (context) => {
    const own = await startOwn(context);
    const client = await connectRpc(own.port);
    let pings = 0;
    client.socket.on('ping', () => (pings += 1));
    // The second ping comes only to a client that has replied to the first.
    await waitUntil(() => pings >= 2, { what: 'two pings' });
    expect(client.received).toEqual([]);
    await client.result('workers.list');
    await client.close();
  });
});

import { waitUntil } from '@leeway/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { actingWorker, type ActingWorker } from '../../testing/acting-worker.js';
import { connectRpc } from '../../testing/rpc-client.js';
import { hello, startApi, type RunningApi } from '../../testing/running-api.js';

let api: RunningApi;
let worker: ActingWorker;
beforeAll(async () => {
  api = await startApi({ policy: { api: { maxSubscriptions: 2, maxSocketBytes: 65_536, keepAliveMs: 1_000 } } });
  worker = actingWorker(api);
});
afterAll(async () => {
  await worker.stop();
  await api.stop();
});

const gauge = async (name: string) =>
  Number(new RegExp(`${name}\\{.*\\} (\\d+)`).exec((await api.get('/metrics')).text)?.[1]);
const gaugeIs = (name: string, value: number) =>
  waitUntil(async () => (await gauge(name)) === value, { what: `${name} to be ${value}` });

describe('jobs.subscribe', () => {
  test('tells what happened and what happens, with ids, and says when it is over (F160, F161)', async () => {
    const client = await connectRpc(api.port);
    const job = await client.result('jobs.submit', hello);
    const { subscription } = await client.result('jobs.subscribe', { id: job.id });
    const attempt = await worker.take(job);
    await worker.say(attempt, { type: 'progress', value: { percent: 50 } });
    await worker.say(attempt, { type: 'output', stream: 'stdout', text: 'line' });
    await waitUntil(() => client.events(subscription).length === 4, { what: 'four events' });
    await worker.end(attempt, { state: 'succeeded' });
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

  test('a new deadline is told with the moment it falls on, so that clients can set their own clocks (F97)', async () => {
    const client = await connectRpc(api.port);
    const job = await api.submit(hello);
    const { subscription } = await client.result('jobs.subscribe', { id: job.id });
    const attempt = await worker.take(job);
    await worker.decide(attempt, 90_000);
    const extended = await waitUntil(() => client.events(subscription).find(({ type }) => type === 'extended'), {
      what: 'the new deadline',
    });
    const { attempts } = (await api.get(`/v1/jobs/${job.id}`)).json;
    expect(extended.data).toMatchObject({ deadlineMs: 90_000 });
    expect((extended.data as { deadlineAt: number }).deadlineAt).toBe(Date.parse(attempts[0].startedAt) + 90_000);
    await worker.end(attempt, { state: 'succeeded' });
    await client.close();
  });

  test('a lost connection takes no job with it, and the next one goes on after the last event (F98)', async () => {
    const first = await connectRpc(api.port);
    const job = await first.result('jobs.submit', hello);
    const { subscription } = await first.result('jobs.subscribe', { id: job.id });
    const attempt = await worker.take(job);
    await worker.say(attempt, { type: 'output', stream: 'stdout', text: 'a' });
    await waitUntil(() => first.events(subscription).length === 3, { what: 'three events' });
    const seen = first.events(subscription);
    first.socket.terminate();
    await gaugeIs('leeway_open_sockets', 0);
    await gaugeIs('leeway_open_requests', 0);
    await worker.say(attempt, { type: 'output', stream: 'stdout', text: 'b' });
    const second = await connectRpc(api.port);
    const again = await second.result('jobs.subscribe', { id: job.id, after: seen.at(-1)?.id });
    await worker.end(attempt, { state: 'succeeded' });
    await second.ended(again.subscription);
    const all = [...seen, ...second.events(again.subscription)];
    expect(all.map(({ type }) => type)).toEqual([
      ...['submitted', 'started', 'output', 'output', 'attempt_ended', 'finished'],
    ]);
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    await second.close();
  });

  test('can be ended, twice too; and is bounded for each connection', async () => {
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
    await gaugeIs('leeway_open_requests', 0);
  });

  test('a refused one leaves no place taken', async () => {
    const client = await connectRpc(api.port);
    for (let n = 0; n < 4; n += 1)
      expect((await client.call('jobs.subscribe', { id: 'j00000000000000000000000000' })).error).toMatchObject({
        data: { code: 'job_not_found' },
      });
    expect((await client.call('jobs.subscribe', { id: 'x', after: 'yesterday' })).error?.code).toBe(-32_602);
    await client.close();
  });
});

describe('who does not read', () => {
  test('and asks on and on is closed, with bounded memory behind it', async () => {
    const client = await connectRpc(api.port);
    client.socket.pause();
    const ask = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'config.get' });
    let asked = 0;
    await waitUntil(
      async () => {
        // No more at once than may wait for their answer, so that none is refused for that.
        for (let n = 0; n < 50 && client.socket.bufferedAmount === 0; n += 1, asked += 1) client.socket.send(ask);
        return (await gauge('leeway_open_sockets')) === 0;
      },
      { what: 'the server to close it', timeoutMs: 20_000 },
    );
    client.socket.resume();
    expect([1006, 1008]).toContain((await client.closed).code);
    expect(asked).toBeGreaterThan(0);
  });

  test('and follows a job is asked whether it is there, and cut off when it is not (F159)', async () => {
    const job = await api.submit(hello);
    const attempt = await worker.take(job);
    const client = await connectRpc(api.port);
    await client.result('jobs.subscribe', { id: job.id });
    client.socket.pause();
    await worker.say(attempt, { type: 'output', stream: 'stdout', text: 'x'.repeat(10_000) });
    await gaugeIs('leeway_open_sockets', 0);
    client.socket.resume();
    expect((await client.closed).code).toBe(1006);
    expect((await api.get(`/v1/jobs/${job.id}`)).json.state).toBe('running');
    await worker.end(attempt, { state: 'succeeded' });
  });

  test('pings come apart from events, and whoever answers them stays (F159)', async () => {
    const client = await connectRpc(api.port);
    let pings = 0;
    client.socket.on('ping', () => (pings += 1));
    await waitUntil(() => pings >= 3, { what: 'three pings' });
    expect(client.heard).toEqual([]);
    await client.result('workers.list');
    await client.close();
  });
});

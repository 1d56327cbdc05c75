import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { actingWorker, type ActingWorker } from '../../testing/acting-worker.js';
import { hello, startApi, type RunningApi } from '../../testing/running-api.js';

let api: RunningApi;
let worker: ActingWorker;
beforeAll(async () => {
  api = await startApi({
    policy: { supervision: { graceMs: 0 }, api: { maxStreams: 4, keepAliveMs: 1_000 } },
    bounds: { confirmMs: 300 },
  });
  worker = actingWorker(api);
});
afterAll(async () => {
  await worker.stop();
  await api.stop();
});

describe('GET /v1/jobs/:id with a wait', () => {
  test.each([{ path: '?wait=20' }, { path: '', prefer: 'respond-async, wait=20' }])(
    'replies when the job ends: $path $prefer',
    async ({ path, prefer }) => {
      const job = await api.submit(hello);
      const waiting = api.get(`/v1/jobs/${job.id}${path}`, prefer === undefined ? {} : { prefer });
      await api.waitForGauge(1);
      await worker.settle(await worker.claim(job), { state: 'succeeded', result: { exitCode: 0 } });
      const response = await waiting;
      expect(response).toMatchObject({ status: 200, json: { state: 'succeeded', result: { exitCode: 0 } } });
      expect(response.headers['preference-applied']).toBe('wait=20');
      await api.waitForGauge(0);
    },
  );

  test('replies with the job as it is when the time is over', async () => {
    const { id } = await api.submit(hello);
    expect(await api.get(`/v1/jobs/${id}?wait=1`)).toMatchObject({ status: 200, json: { state: 'queued' } });
  });

  test('releases its place when the client disconnects', async () => {
    const { id } = await api.submit(hello);
    const client = new AbortController();
    const waiting = fetch(`${api.url}/v1/jobs/${id}?wait=30`, { signal: client.signal }).catch(() => 'disconnected');
    await api.waitForGauge(1);
    client.abort();
    expect(await waiting).toBe('disconnected');
    await api.waitForGauge(0);
  });

  test('replies 429 to more requests at once than the policy allows', async () => {
    const { id } = await api.submit(hello);
    const client = new AbortController();
    const waits = Array.from({ length: 4 }, () =>
      fetch(`${api.url}/v1/jobs/${id}?wait=30`, { signal: client.signal }).catch(() => 'disconnected'),
    );
    await api.waitForGauge(4);
    const response = await api.get(`/v1/jobs/${id}?wait=30`);
    expect(response).toMatchObject({ status: 429, json: { code: 'rate_limited' } });
    expect(Number(response.headers['retry-after'])).toBeGreaterThan(0);
    client.abort();
    await Promise.all(waits);
    await api.waitForGauge(0);
  });
});

describe('POST /v1/jobs/:id/cancel', () => {
  test('cancels a waiting job at once, and changes nothing the second time', async () => {
    const { id } = await api.submit(hello);
    const first = await api.post(`/v1/jobs/${id}/cancel`, { reason: 'no need' });
    expect(first).toMatchObject({
      status: 200,
      json: { done: 'cancelled', job: { state: 'cancelled', cause: 'cancelled', error: { message: 'no need' } } },
    });
    expect((await api.post(`/v1/jobs/${id}/cancel`)).json).toMatchObject({
      done: 'already',
      job: { state: 'cancelled' },
    });
  });

  test.each([
    { result: { exitCode: null, signal: 'SIGTERM' }, done: 'cancelled' },
    { result: { exitCode: null, signal: 'SIGKILL' }, done: 'killed' },
  ])('replies for a running job when its worker has confirmed: $done', async ({ result, done }) => {
    const job = await api.submit(hello);
    const attempt = await worker.claim(job);
    const cancelling = api.post(`/v1/jobs/${job.id}/cancel`);
    await api.waitForGauge(1);
    await worker.settle(attempt, { state: 'cancelled', result });
    expect((await cancelling).json).toMatchObject({ done, job: { state: 'cancelled' } });
  });

  test('replies `requested` when no worker has confirmed in time, and `too_late` when the job had ended', async () => {
    const job = await api.submit(hello);
    const attempt = await worker.claim(job);
    expect((await api.post(`/v1/jobs/${job.id}/cancel`)).json).toMatchObject({
      done: 'requested',
      job: { state: 'running' },
    });
    await worker.settle(attempt, { state: 'succeeded' });
    expect((await api.post(`/v1/jobs/${job.id}/cancel`)).json).toMatchObject({
      done: 'too_late',
      job: { state: 'succeeded' },
    });
  });
});

describe('GET /v1/jobs/:id/events', () => {
  test('sends past and new events with ids, and ends after the end of the job (F160)', async () => {
    const job = await api.submit(hello);
    const attempt = await worker.claim(job);
    await worker.report(attempt, { type: 'output', stream: 'stdout', text: 'first\nline' });
    const following = api.get(`/v1/jobs/${job.id}/events`);
    await api.waitForGauge(1);
    await worker.report(attempt, { type: 'progress', value: { percent: 50 } });
    await worker.settle(attempt, { state: 'succeeded' });
    const response = await following;
    expect(response.headers['content-type']).toMatch(/^text\/event-stream/);
    const events = parseEvents(response.text);
    expect(events.map((event) => event.type)).toEqual([
      'submitted',
      'started',
      'output',
      'progress',
      'attempt_ended',
      'finished',
    ]);
    expect(events[2]).toMatchObject({ attempt: 1, data: { stream: 'stdout', text: 'first\nline' } });
    await api.waitForGauge(0);
  });

  test('continues after the last received event: no event is missed or sent twice (F98)', async () => {
    const job = await api.submit(hello);
    const attempt = await worker.claim(job);
    for (const text of ['a', 'b', 'c']) await worker.report(attempt, { type: 'output', stream: 'stdout', text });
    await worker.settle(attempt, { state: 'succeeded' });
    const all = parseEvents((await api.get(`/v1/jobs/${job.id}/events`)).text);
    for (const last of [0, 2, all.length - 1]) {
      const after = all[last]?.id ?? '';
      expect(parseEvents((await api.get(`/v1/jobs/${job.id}/events`, { 'last-event-id': after })).text)).toEqual(
        all.slice(last + 1),
      );
      expect(parseEvents((await api.get(`/v1/jobs/${job.id}/events?after=${after}`)).text)).toEqual(
        all.slice(last + 1),
      );
    }
  });

  test('sends comments while there are no events, and releases its place when the client disconnects', async () => {
    const { id } = await api.submit(hello);
    const client = new AbortController();
    const response = await fetch(`${api.url}/v1/jobs/${id}/events`, { signal: client.signal });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) {
      text += part.value;
      if (text.includes(': keep-alive')) break;
    }
    expect(text).toContain(': keep-alive');
    client.abort();
    await reader?.cancel().catch(() => {});
    await api.waitForGauge(0);
  });

  test('refuses an invalid event id before the stream begins', async () => {
    const { id } = await api.submit(hello);
    expect(await api.get(`/v1/jobs/${id}/events`, { 'last-event-id': 'yesterday' })).toMatchObject({
      status: 400,
      json: { code: 'invalid_request' },
    });
  });
});

test('GET /v1/jobs/:id/output replies with the stored output, or with its tail', async () => {
  const job = await api.submit(hello);
  const attempt = await worker.claim(job);
  await worker.report(
    attempt,
    { type: 'output', stream: 'stdout', text: 'hello ' },
    { type: 'output', stream: 'stderr', text: 'world' },
  );
  const { chunks, truncated } = (await api.get(`/v1/jobs/${job.id}/output`)).json;
  expect(truncated).toBe(false);
  expect(chunks).toMatchObject([
    { attempt: 1, stream: 'stdout', text: 'hello ' },
    { stream: 'stderr', text: 'world' },
  ]);
  expect(
    (await api.get(`/v1/jobs/${job.id}/output?tail=7`)).json.chunks.map((chunk: { text: string }) => chunk.text),
  ).toEqual(['o ', 'world']);
  expect((await api.get(`/v1/jobs/${job.id}/output?attempt=2`)).json.chunks).toEqual([]);
});

test('waits and streams end at once when the server stops', async () => {
  const other = await startApi({ redis: api.redis });
  const { id } = await other.submit(hello);
  const wait = other.get(`/v1/jobs/${id}?wait=50`);
  const stream = other.get(`/v1/jobs/${id}/events`);
  await other.waitForGauge(2);
  await other.stop();
  expect(await wait).toMatchObject({ status: 200, json: { state: 'queued' } });
  expect(parseEvents((await stream).text).map((event) => event.type)).toEqual(['submitted']);
});

interface SentEvent {
  id: string;
  type: string;
  attempt: number | null;
  data: unknown;
}

/** Parses the text of a stream, and checks that the lines around the JSON agree with it. */
function parseEvents(text: string): SentEvent[] {
  return text.split('\n\n').flatMap((block) => {
    const [, id, type, data] = /^id: (.*)\nevent: (.*)\ndata: (.*)$/.exec(block) ?? [];
    if (data === undefined) return [];
    const event = JSON.parse(data) as SentEvent;
    expect(event).toMatchObject({ id, type });
    return [event];
  });
}

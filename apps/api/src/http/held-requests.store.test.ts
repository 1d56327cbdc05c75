import { waitUntil } from '@leeway/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { actingWorker, type ActingWorker } from '../../testing/acting-worker.js';
import { hello, startApi, type RunningApi } from '../../testing/running-api.js';

let api: RunningApi;
let worker: ActingWorker;
beforeAll(async () => {
  api = await startApi({
    policy: { supervision: { graceMs: 0 }, api: { confirmMs: 300, maxStreams: 4, keepAliveMs: 1_000 } },
  });
  worker = actingWorker(api);
});
afterAll(async () => {
  await worker.stop();
  await api.stop();
});

const openRequests = async () => Number(/leeway_open_requests\{.*\} (\d+)/.exec((await api.get('/metrics')).text)?.[1]);
const openIs = (count: number) =>
  waitUntil(async () => (await openRequests()) === count, { what: `${count} open requests` });

describe('GET /v1/jobs/:id with a wait', () => {
  test.each([{ path: '?wait=20' }, { path: '', prefer: 'respond-async, wait=20' }])(
    'answers when the job ends: $path $prefer',
    async ({ path, prefer }) => {
      const job = await api.submit(hello);
      const waiting = api.get(`/v1/jobs/${job.id}${path}`, prefer === undefined ? {} : { prefer });
      await openIs(1);
      await worker.end(await worker.take(job), { state: 'succeeded', result: { exitCode: 0 } });
      const answer = await waiting;
      expect(answer).toMatchObject({ status: 200, json: { state: 'succeeded', result: { exitCode: 0 } } });
      expect(answer.headers['preference-applied']).toBe('wait=20');
      await openIs(0);
    },
  );

  test('answers with the job as it is when the time is over', async () => {
    const { id } = await api.submit(hello);
    expect(await api.get(`/v1/jobs/${id}?wait=1`)).toMatchObject({ status: 200, json: { state: 'queued' } });
  });

  test('a client that goes away frees its place', async () => {
    const { id } = await api.submit(hello);
    const gone = new AbortController();
    const waiting = fetch(`${api.url}/v1/jobs/${id}?wait=30`, { signal: gone.signal }).catch(() => 'gone');
    await openIs(1);
    gone.abort();
    expect(await waiting).toBe('gone');
    await openIs(0);
  });

  test('more than the policy allows at once get 429', async () => {
    const { id } = await api.submit(hello);
    const gone = new AbortController();
    const waits = Array.from({ length: 4 }, () =>
      fetch(`${api.url}/v1/jobs/${id}?wait=30`, { signal: gone.signal }).catch(() => 'gone'),
    );
    await openIs(4);
    const answer = await api.get(`/v1/jobs/${id}?wait=30`);
    expect(answer).toMatchObject({ status: 429, json: { code: 'rate_limited' } });
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    gone.abort();
    await Promise.all(waits);
    await openIs(0);
  });
});

describe('POST /v1/jobs/:id/cancel', () => {
  test('a job that waits is cancelled at once, and again changes nothing', async () => {
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
  ])('of a running job answers when its worker has confirmed: $done', async ({ result, done }) => {
    const job = await api.submit(hello);
    const attempt = await worker.take(job);
    const cancelling = api.post(`/v1/jobs/${job.id}/cancel`);
    await waitUntil(async () => (await api.get('/metrics')).text.includes('leeway_open_requests{process="api"} 1'), {
      what: 'the cancel to be asked for',
    });
    await worker.end(attempt, { state: 'cancelled', result });
    expect((await cancelling).json).toMatchObject({ done, job: { state: 'cancelled' } });
  });

  test('says so when no worker has confirmed in time, and when the job had ended', async () => {
    const job = await api.submit(hello);
    const attempt = await worker.take(job);
    expect((await api.post(`/v1/jobs/${job.id}/cancel`)).json).toMatchObject({
      done: 'requested',
      job: { state: 'running' },
    });
    await worker.end(attempt, { state: 'succeeded' });
    expect((await api.post(`/v1/jobs/${job.id}/cancel`)).json).toMatchObject({
      done: 'too_late',
      job: { state: 'succeeded' },
    });
  });
});

describe('GET /v1/jobs/:id/events', () => {
  test('sends what happened and what happens, with ids, and ends after the end of the job (F160)', async () => {
    const job = await api.submit(hello);
    const attempt = await worker.take(job);
    await worker.say(attempt, { type: 'output', stream: 'stdout', text: 'first\nline' });
    const following = api.get(`/v1/jobs/${job.id}/events`);
    await openIs(1);
    await worker.say(attempt, { type: 'progress', value: { percent: 50 } });
    await worker.end(attempt, { state: 'succeeded' });
    const answer = await following;
    expect(answer.headers['content-type']).toMatch(/^text\/event-stream/);
    const events = parseEvents(answer.text);
    expect(events.map((event) => event.type)).toEqual([
      'submitted',
      'started',
      'output',
      'progress',
      'attempt_ended',
      'finished',
    ]);
    expect(events[2]).toMatchObject({ attempt: 1, data: { stream: 'stdout', text: 'first\nline' } });
    await openIs(0);
  });

  test('goes on after the last event that was seen: nothing is missed or sent twice (F98)', async () => {
    const job = await api.submit(hello);
    const attempt = await worker.take(job);
    for (const text of ['a', 'b', 'c']) await worker.say(attempt, { type: 'output', stream: 'stdout', text });
    await worker.end(attempt, { state: 'succeeded' });
    const all = parseEvents((await api.get(`/v1/jobs/${job.id}/events`)).text);
    for (const seen of [0, 2, all.length - 1]) {
      const after = all[seen]?.id ?? '';
      expect(parseEvents((await api.get(`/v1/jobs/${job.id}/events`, { 'last-event-id': after })).text)).toEqual(
        all.slice(seen + 1),
      );
      expect(parseEvents((await api.get(`/v1/jobs/${job.id}/events?after=${after}`)).text)).toEqual(
        all.slice(seen + 1),
      );
    }
  });

  test('a silent stream gets comments, and a reader that goes away frees its place', async () => {
    const { id } = await api.submit(hello);
    const gone = new AbortController();
    const response = await fetch(`${api.url}/v1/jobs/${id}/events`, { signal: gone.signal });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) {
      text += part.value;
      if (text.includes(': keep-alive')) break;
    }
    expect(text).toContain(': keep-alive');
    gone.abort();
    await reader?.cancel().catch(() => {});
    await openIs(0);
  });

  test('an id that is none is refused before the stream begins', async () => {
    const { id } = await api.submit(hello);
    expect(await api.get(`/v1/jobs/${id}/events`, { 'last-event-id': 'yesterday' })).toMatchObject({
      status: 400,
      json: { code: 'invalid_request' },
    });
  });
});

test('GET /v1/jobs/:id/output gives the stored output, or its tail', async () => {
  const job = await api.submit(hello);
  const attempt = await worker.take(job);
  await worker.say(
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

test('a server that stops lets nobody hang: waits and streams end at once', async () => {
  const other = await startApi({ redis: api.redis });
  const { id } = await other.submit(hello);
  const wait = other.get(`/v1/jobs/${id}?wait=50`);
  const stream = other.get(`/v1/jobs/${id}/events`);
  await waitUntil(async () => (await other.get('/metrics')).text.includes('leeway_open_requests{process="api"} 2'), {
    what: 'both to be open',
  });
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

/** Reads the text of a stream, and checks that the lines around the JSON agree with it. */
function parseEvents(text: string): SentEvent[] {
  return text.split('\n\n').flatMap((block) => {
    const [, id, type, data] = /^id: (.*)\nevent: (.*)\ndata: (.*)$/.exec(block) ?? [];
    if (data === undefined) return [];
    const event = JSON.parse(data) as SentEvent;
    expect(event).toMatchObject({ id, type });
    return [event];
  });
}

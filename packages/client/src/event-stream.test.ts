import { afterEach, expect, test } from 'vitest';
import {
  json,
  problem,
  scriptedServer,
  sse,
  stream,
  type Answer,
  type ScriptedServer,
} from '../testing/scripted-server.js';
import { LeewayClient } from './client.js';
import type { FollowOptions } from './event-stream.js';

let server: ScriptedServer;
afterEach(() => server.close());

async function follow(answers: [Answer, ...Answer[]], options: FollowOptions = {}): Promise<string[]> {
  server = await scriptedServer(...answers);
  const client = new LeewayClient({ url: server.url, backOff: { firstMs: 1, maxMs: 5 } });
  const seen: string[] = [];
  for await (const event of client.events('job-12345678', options)) seen.push(`${event.id} ${event.type}`);
  return seen;
}

const lastIds = () => server.seen.map((request) => request.headers['last-event-id']);

test('ends after the job has finished, without another request', async () => {
  expect(await follow([stream(sse('1', 'started') + sse('2', 'finished'), 'open')])).toEqual([
    '1 started',
    '2 finished',
  ]);
  expect(server.seen).toHaveLength(1);
});

test('goes on after a cut connection from the last event it has (F98)', async () => {
  const events = await follow([
    stream(sse('1', 'submitted') + sse('2', 'started'), 'cut'),
    stream(sse('3', 'finished')),
  ]);
  expect(events).toEqual(['1 submitted', '2 started', '3 finished']);
  expect(lastIds()).toEqual([undefined, '2']);
});

test('an event that was cut in half is taken from the next connection', async () => {
  const half = sse('2', 'started').slice(0, 20);
  expect(
    await follow([stream(sse('1', 'submitted') + half, 'cut'), stream(sse('2', 'started') + sse('3', 'finished'))]),
  ).toEqual(['1 submitted', '2 started', '3 finished']);
  expect(lastIds()).toEqual([undefined, '1']);
});

test('starts behind the event that is named', async () => {
  await follow([stream(sse('8', 'finished'))], { after: '7' });
  expect(lastIds()).toEqual(['7']);
});

test('a connection without a byte, not even a keep-alive, is replaced', async () => {
  expect(await follow([stream(sse('1', 'started'), 'open'), stream(sse('2', 'finished'))], { silenceMs: 30 })).toEqual([
    '1 started',
    '2 finished',
  ]);
  expect(lastIds()).toEqual([undefined, '1']);
});

test('a server that is away for a moment is asked again', async () => {
  expect(await follow([problem('store_unavailable', 'Redis is away'), stream(sse('1', 'finished'))])).toEqual([
    '1 finished',
  ]);
});

test('a server that stays away ends it', async () => {
  await expect(follow([problem('store_unavailable', 'Redis is away')], { reconnectForMs: 30 })).rejects.toMatchObject({
    code: 'store_unavailable',
  });
});

test('an unknown job ends it at once', async () => {
  await expect(follow([problem('job_not_found', 'no job of that id')])).rejects.toMatchObject({
    code: 'job_not_found',
  });
  expect(server.seen).toHaveLength(1);
});

test('an ended job whose last events are no longer kept does not keep it waiting', async () => {
  const answer: Answer = (request, response) =>
    (request.url.endsWith('/events') ? stream('') : json({ state: 'succeeded' }))(request, response);
  expect(await follow([answer])).toEqual([]);
});

test('leaving the loop closes the connection', async () => {
  let closed = false;
  const open: Answer = (request, response) => {
    response.on('close', () => (closed = true));
    return stream(sse('1', 'started'), 'open')(request, response);
  };
  server = await scriptedServer(open);
  for await (const event of new LeewayClient({ url: server.url }).events('job-12345678')) {
    if (event.type === 'started') break;
  }
  await expect.poll(() => closed).toBe(true);
});

test('an abort ends it with the reason of the signal', async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error('enough')), 20);
  await expect(follow([stream(sse('1', 'started'), 'open')], { signal: controller.signal })).rejects.toThrow('enough');
});

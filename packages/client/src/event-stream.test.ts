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

test('events end after finished, without another request', async () => {
  expect(await follow([stream(sse('1', 'started') + sse('2', 'finished'), 'open')])).toEqual([
    '1 started',
    '2 finished',
  ]);
  expect(server.seen).toHaveLength(1);
});

test('after a cut connection, events continue after the last one received (F98)', async () => {
  const events = await follow([
    stream(sse('1', 'submitted') + sse('2', 'started'), 'cut'),
    stream(sse('3', 'finished')),
  ]);
  expect(events).toEqual(['1 submitted', '2 started', '3 finished']);
  expect(lastIds()).toEqual([undefined, '2']);
});

test('an event that was cut in half is delivered once, by the next connection', async () => {
  const half = sse('2', 'started').slice(0, 20);
  expect(
    await follow([stream(sse('1', 'submitted') + half, 'cut'), stream(sse('2', 'started') + sse('3', 'finished'))]),
  ).toEqual(['1 submitted', '2 started', '3 finished']);
  expect(lastIds()).toEqual([undefined, '1']);
});

test('events start after the one that is named', async () => {
  await follow([stream(sse('8', 'finished'))], { after: '7' });
  expect(lastIds()).toEqual(['7']);
});

test('a connection that is silent for too long is replaced', async () => {
  expect(await follow([stream(sse('1', 'started'), 'open'), stream(sse('2', 'finished'))], { silenceMs: 30 })).toEqual([
    '1 started',
    '2 finished',
  ]);
  expect(lastIds()).toEqual([undefined, '1']);
});

test('a server that is away for a moment is tried again', async () => {
  expect(await follow([problem('store_unavailable', 'Redis is away'), stream(sse('1', 'finished'))])).toEqual([
    '1 finished',
  ]);
});

test('a server that stays away is an error', async () => {
  await expect(follow([problem('store_unavailable', 'Redis is away')], { reconnectForMs: 30 })).rejects.toMatchObject({
    code: 'store_unavailable',
  });
});

test('an unknown job is an error, without another request', async () => {
  await expect(follow([problem('job_not_found', 'no job of that id')])).rejects.toMatchObject({
    code: 'job_not_found',
  });
  expect(server.seen).toHaveLength(1);
});

test('events of an ended job end also where its last ones are no longer stored', async () => {
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

test('an abort ends the loop with the reason of the signal', async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error('enough')), 20);
  await expect(follow([stream(sse('1', 'started'), 'open')], { signal: controller.signal })).rejects.toThrow('enough');
});

/** Turns of the event loop in which the client, in this process, reads one chunk before the next is sent. */
const TURNS = 4;

/** Sends the text byte by byte. */
const byteByByte =
  (text: string): Answer =>
  async (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const byte of Buffer.from(text)) {
      await new Promise((resolve) => response.write(Uint8Array.of(byte), resolve));
      for (let turn = 0; turn < TURNS; turn++) await new Promise(setImmediate);
    }
    response.end();
  };

test('an event arrives whole wherever the network cuts it, also within a character', async () => {
  const text = `\uFEFF: keep-alive\r\n${sse('1', 'output', { text: 'grün 🌱' })}${sse('2', 'finished')}`;
  server = await scriptedServer(byteByByte(text));
  const events = [];
  for await (const { id, data } of new LeewayClient({ url: server.url }).events('job-12345678'))
    events.push({ id, data });
  expect(events).toEqual([
    { id: '1', data: { text: 'grün 🌱' } },
    { id: '2', data: null },
  ]);
});

test('the pause before a reconnect is at least the one that the server asks for', async () => {
  const startedAt = performance.now();
  const first = stream(`retry: 80\n\n${sse('1', 'started')}`);
  await follow([first, json({ state: 'running' }), stream(sse('2', 'finished'))]);
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(80);
});

test('an event that never ends is refused, and not read into memory without a bound', async () => {
  const piece = 'x'.repeat(1024 * 1024);
  const endless: Answer = async (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: ');
    for (let pieces = 0; pieces < 40 && !response.destroyed; pieces++)
      await new Promise((resolve) => response.write(piece, resolve));
  };
  await expect(follow([endless])).rejects.toMatchObject({
    code: 'unexpected_reply',
    detail: 'an event is longer than 33554432 characters',
  });
  expect(server.seen).toHaveLength(1);
});

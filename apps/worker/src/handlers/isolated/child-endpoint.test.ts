import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitUntil } from '@leeway/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LineChannel } from './line-channel.js';
import { ChildEndpoint } from './child-endpoint.js';
import type { FromChild, ToChild } from './messages.js';

const MAX_LINE_BYTES = 200;

let folder: string;
let place: ChildEndpoint;
let arrivals: LineChannel<FromChild, ToChild>[];
let messages: unknown[];
let broken: string[];
beforeEach(async () => {
  [arrivals, messages, broken] = [[], [], []];
  folder = mkdtempSync(join(tmpdir(), 'leeway-meeting-'));
  place = await ChildEndpoint.open({
    folder,
    maxLineBytes: MAX_LINE_BYTES,
    onArrival: (channel) => arrivals.push(channel),
    onMessage: (message) => messages.push(message),
    onBroken: (why) => broken.push(why),
  });
});
afterEach(() => {
  place.close();
  rmSync(folder, { recursive: true });
});

const line = (message: unknown) => `${JSON.stringify(message)}\n`;
const hello = (token = place.ticket.token) => line({ type: 'hello', token });

/** Somebody who connects and says this. */
function principal(...words: string[]): Socket & { heard: string } {
  const socket = Object.assign(createConnection(place.ticket.socketPath), { heard: '' });
  socket.on('data', (chunk: Buffer) => (socket.heard += chunk.toString()));
  socket.on('error', () => {});
  for (const text of words) socket.write(text);
  return socket;
}

const isShutOut = (socket: Socket) => waitUntil(() => socket.destroyed, { what: 'the stranger to be shut out' });

test('who knows the token is let in and heard, in both directions', async () => {
  const guest = principal(hello(), line({ type: 'extend', ms: 5 }));
  await waitUntil(() => messages.length === 1, { what: 'its message' });
  expect(messages).toEqual([{ type: 'extend', ms: 5 }]);
  arrivals[0]?.send({ type: 'abort', reason: { cause: 'cancelled', message: 'enough' } });
  await waitUntil(() => guest.heard.endsWith('\n'), { what: 'the answer' });
  expect(JSON.parse(guest.heard)).toMatchObject({ type: 'abort' });
});

test.each([
  ['a wrong token', () => hello('0'.repeat(64))],
  ['a token of another length', () => hello('0')],
  ['another message', () => line({ type: 'result', value: 'mine' })],
  ['null', () => line(null)],
  ['no JSON', () => 'hello?\n'],
  ['more than a message may have', () => 'x'.repeat(MAX_LINE_BYTES + 1)],
])('who begins with %s is shut out, and the invitation stands', async (_, words) => {
  await isShutOut(principal(words(), line({ type: 'result', value: 'mine' })));
  expect(broken).toEqual([]);
  principal(hello());
  await waitUntil(() => arrivals.length === 1, { what: 'the guest' });
  expect(messages).toEqual([]);
});

test('the invitation is good once', async () => {
  principal(hello());
  await waitUntil(() => arrivals.length === 1, { what: 'the guest' });
  await isShutOut(principal(hello()));
  expect(arrivals).toHaveLength(1);
});

test('messages may come in any pieces', async () => {
  const text = hello() + line({ type: 'output', text: 'zwölf €', stream: 'text' });
  const guest = principal();
  for (const byte of Buffer.from(text)) guest.write(Buffer.from([byte]));
  await waitUntil(() => messages.length === 1, { what: 'the message' });
  expect(messages).toEqual([{ type: 'output', text: 'zwölf €', stream: 'text' }]);
});

test.each([
  ['a message of more than 200 bytes', 'x'.repeat(MAX_LINE_BYTES + 1)],
  ['a message that is not JSON', 'nonsense\n'],
])('a guest who sends %s is not heard any more', async (why, words) => {
  const guest = principal(hello(), words, line({ type: 'extend', ms: 5 }));
  await isShutOut(guest);
  await place.drained();
  expect(broken).toEqual([why]);
  expect(messages).toEqual([]);
});

test('nothing is left when it is closed', async () => {
  const guest = principal(hello());
  await waitUntil(() => arrivals.length === 1, { what: 'the guest' });
  place.close();
  await isShutOut(guest);
  expect(existsSync(place.ticket.socketPath)).toBe(false);
});

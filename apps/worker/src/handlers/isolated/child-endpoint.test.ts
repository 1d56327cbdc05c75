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
let endpoint: ChildEndpoint;
let connected: LineChannel<FromChild, ToChild>[];
let messages: unknown[];
let protocolErrors: string[];
beforeEach(async () => {
  [connected, messages, protocolErrors] = [[], [], []];
  folder = mkdtempSync(join(tmpdir(), 'leeway-endpoint-'));
  endpoint = await ChildEndpoint.open({
    folder,
    maxLineBytes: MAX_LINE_BYTES,
    onConnected: (channel) => connected.push(channel),
    onMessage: (message) => messages.push(message),
    onProtocolError: (reason) => protocolErrors.push(reason),
  });
});
afterEach(() => {
  endpoint.close();
  rmSync(folder, { recursive: true });
});

const line = (message: unknown) => `${JSON.stringify(message)}\n`;
const hello = (token = endpoint.ticket.token) => line({ type: 'hello', token });

/** A process that connects and sends these texts. */
function connectAndSend(...texts: string[]): Socket & { received: string } {
  const socket = Object.assign(createConnection(endpoint.ticket.socketPath), { received: '' });
  socket.on('data', (chunk: Buffer) => (socket.received += chunk.toString()));
  socket.on('error', () => {});
  for (const text of texts) socket.write(text);
  return socket;
}

const disconnected = (socket: Socket) => waitUntil(() => socket.destroyed, { what: 'the connection to be closed' });

test('a process with the token is admitted, and messages pass in both directions', async () => {
  const child = connectAndSend(hello(), line({ type: 'extend', ms: 5 }));
  await waitUntil(() => messages.length === 1, { what: 'its message' });
  expect(messages).toEqual([{ type: 'extend', ms: 5 }]);
  connected[0]?.send({ type: 'abort', reason: { cause: 'cancelled', message: 'enough' } });
  await waitUntil(() => child.received.endsWith('\n'), { what: 'the reply' });
  expect(JSON.parse(child.received)).toMatchObject({ type: 'abort' });
});

test.each([
  ['a wrong token', () => hello('0'.repeat(64))],
  ['a token of another length', () => hello('0')],
  ['another message', () => line({ type: 'result', value: 'mine' })],
  ['the value null', () => line(null)],
  ['a text that is not JSON', () => 'hello?\n'],
  ['more bytes than the limit', () => 'x'.repeat(MAX_LINE_BYTES + 1)],
])('a process that begins with %s is disconnected, and the ticket stays valid', async (_, message) => {
  await disconnected(connectAndSend(message(), line({ type: 'result', value: 'mine' })));
  expect(protocolErrors).toEqual([]);
  connectAndSend(hello());
  await waitUntil(() => connected.length === 1, { what: 'the child' });
  expect(messages).toEqual([]);
});

test('the ticket admits one connection only', async () => {
  connectAndSend(hello());
  await waitUntil(() => connected.length === 1, { what: 'the child' });
  await disconnected(connectAndSend(hello()));
  expect(connected).toHaveLength(1);
});

test('messages are read in whatever pieces their bytes arrive', async () => {
  const text = hello() + line({ type: 'output', text: 'zwölf €', stream: 'text' });
  const child = connectAndSend();
  for (const byte of Buffer.from(text)) child.write(Buffer.from([byte]));
  await waitUntil(() => messages.length === 1, { what: 'the message' });
  expect(messages).toEqual([{ type: 'output', text: 'zwölf €', stream: 'text' }]);
});

test.each([
  ['a message of more than 200 bytes', 'x'.repeat(MAX_LINE_BYTES + 1)],
  ['a message that is not JSON', 'nonsense\n'],
])('after %s from the child nothing more is read', async (reason, text) => {
  const child = connectAndSend(hello(), text, line({ type: 'extend', ms: 5 }));
  await disconnected(child);
  await endpoint.drained();
  expect(protocolErrors).toEqual([reason]);
  expect(messages).toEqual([]);
});

test('closing the endpoint closes the connection and removes the socket', async () => {
  const child = connectAndSend(hello());
  await waitUntil(() => connected.length === 1, { what: 'the child' });
  endpoint.close();
  await disconnected(child);
  expect(existsSync(endpoint.ticket.socketPath)).toBe(false);
});

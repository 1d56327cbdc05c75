import { expect, test } from 'vitest';
import { readEvents } from './response-body.js';

async function* chunks(...parts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === 'string' ? Buffer.from(part) : part;
}

async function read(bytes: AsyncIterable<Uint8Array>, maxChars = 10_000): Promise<string[]> {
  const events: string[] = [];
  for await (const data of readEvents(bytes, { maxChars })) events.push(data);
  return events;
}

test.each([
  ['lines that end with CRLF', 'data: a\r\n\r\ndata: b\r\n\r\n', ['a', 'b']],
  ['comments between events and inside one', ': ping\n\ndata: a\n: in between\ndata: b\n\n', ['a\nb']],
  ['a byte order mark at the beginning', '\uFEFFdata: a\n\n', ['a']],
  ['unknown fields', 'retry: soon\nfoo: bar\ndata: a\n\n', ['a']],
  ['an event that the end of the stream cuts off', 'data: a\n\ndata: b\n', ['a']],
])('the events of a stream with %s are read', async (_, text, expected) => {
  expect(await read(chunks(text))).toEqual(expected);
});

test('the events are the same wherever the bytes are cut, also inside a character or a line end', async () => {
  const bytes = Buffer.from('\uFEFFdata: 🫐é\r\n\r\n: ping\n\ndata: a\ndata: b\n\n');
  for (let cut = 0; cut <= bytes.length; cut += 1)
    expect(await read(chunks(bytes.subarray(0, cut), bytes.subarray(cut)))).toEqual(['🫐é', 'a\nb']);
});

test('bytes that are not UTF-8 become U+FFFD', async () => {
  expect(await read(chunks('data: ', Uint8Array.of(0xff), '\n\n'))).toEqual(['\uFFFD']);
});

test.each([
  ['a line that never ends', ['x'.repeat(60), 'x'.repeat(60)]],
  ['an event of too many lines', Array.from({ length: 60 }, () => 'data: x\n')],
])('%s is refused once it is longer than the limit', async (_, parts) => {
  const reading = read(chunks(...parts), 100);
  await expect(reading).rejects.toMatchObject({ code: 'malformed_stream', message: expect.stringContaining('100') });
});

test('many events that together are longer than the limit are read', async () => {
  const parts = Array.from({ length: 20 }, () => `data: ${'x'.repeat(50)}\n\n`);
  expect(await read(chunks(...parts), 100)).toHaveLength(20);
});

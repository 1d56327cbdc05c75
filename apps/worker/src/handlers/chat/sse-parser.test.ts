import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SseParser, SseTooLargeError, type SseEvent } from './sse-parser.js';

const LIMIT = 10_000;

function parse(pieces: Uint8Array[], maxChars = LIMIT): SseEvent[] {
  const parser = new SseParser({ maxChars });
  return pieces.flatMap((piece) => parser.push(piece));
}

function data(text: string, maxChars?: number): string[] {
  return parse([Buffer.from(text)], maxChars).map((event) => event.data);
}

/** `bytes` cut at these places. */
function cut(bytes: Uint8Array, places: number[]): Uint8Array[] {
  const at = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

test.each([
  ['one line', 'data: a\n\n', ['a']],
  ['several lines of data are one text', 'data: a\ndata:\ndata: b\n\n', ['a\n\nb']],
  ['only one space is taken away', 'data:  a \n\n', [' a ']],
  ['no space is fine', 'data:a\n\n', ['a']],
  ['a field without colon is empty', 'data\n\n', ['']],
  ['CRLF', 'data: a\r\n\r\ndata: b\r\n\r\n', ['a', 'b']],
  ['CR alone', 'data: a\r\rdata: b\r\r', ['a', 'b']],
  ['comments are nothing', ': ping\n\n:\n\ndata: a\n: in between\ndata: b\n\n', ['a\nb']],
  ['a byte order mark in front is nothing', '\uFEFFdata: a\n\n', ['a']],
  ['a byte order mark later is part of a name', 'data: a\n\n\uFEFFdata: b\n\n', ['a']],
  ['unknown fields are nothing', 'retry: 5\nfoo: bar\ndata: a\n\n', ['a']],
  ['names are exact', 'Data: a\n data: b\n\n', []],
  ['an event without its blank line is not an event', 'data: a\n\ndata: b\n', ['a']],
  ['an event without data is not an event', 'event: ping\n\n', []],
])('%s', (_, text, expected) => {
  expect(data(text)).toEqual(expected);
});

test('type and id: the type is for one event, the id stays', () => {
  const text = 'id: 1\nevent: delta\ndata: a\n\ndata: b\n\nid: no\0good\ndata: c\n\nid\ndata: d\n\n';
  expect(parse([Buffer.from(text)])).toEqual([
    { type: 'delta', data: 'a', lastEventId: '1' },
    { type: 'message', data: 'b', lastEventId: '1' },
    { type: 'message', data: 'c', lastEventId: '1' },
    { type: 'message', data: 'd', lastEventId: '' },
  ]);
});

test('bytes that are not UTF-8 do not stop the stream', () => {
  expect(parse([Buffer.from('data: '), Uint8Array.of(0xff), Buffer.from('\n\n')])[0]?.data).toBe('\uFFFD');
});

const fragment = fc.oneof(
  fc.constantFrom(
    'data: ',
    'data:',
    'data',
    ':',
    'event: x',
    'id: 7',
    '\r',
    '\n',
    '\r\n',
    '\n\n',
    '\r\n\r\n',
    ' ',
    '\uFEFF',
    '🫐',
    'é',
  ),
  fc.string({ unit: 'grapheme', maxLength: 4 }),
);
const stream = fc.array(fragment, { maxLength: 40 }).map((parts) => Buffer.from(parts.join('')));

test('wherever the bytes are cut, the events are the same', () => {
  fc.assert(
    fc.property(stream, fc.array(fc.nat(), { maxLength: 20 }), (bytes, places) => {
      expect(parse(cut(bytes, places))).toEqual(parse([bytes]));
    }),
    { numRuns: 2_000 },
  );
});

test('whatever the end of a line is, the events are the same', () => {
  const line = fc.stringMatching(/^(data|event|id|:)?: ?[a-z]{0,5}$/);
  fc.assert(
    fc.property(fc.array(fc.oneof(line, fc.constant(''))), fc.constantFrom('\r', '\r\n'), (lines, end) => {
      const joined = (by: string) => Buffer.from(`${lines.join(by)}${by}`);
      expect(parse([joined(end)])).toEqual(parse([joined('\n')]));
    }),
  );
});

test('what is written as events is read as the same events', () => {
  const text = fc.string({ unit: 'grapheme' }).map((value) => value.replaceAll(/[\r\n]/g, ''));
  fc.assert(
    fc.property(fc.array(fc.array(text, { minLength: 1 })), (events) => {
      const written = events.map((lines) => `${lines.map((line) => `data: ${line}\n`).join('')}\n`).join('');
      expect(data(written)).toEqual(events.map((lines) => lines.join('\n')));
    }),
  );
});

test.each([
  ['a line that ends', `data: ${'x'.repeat(100)}\n\n`],
  ['a line that never ends', 'x'.repeat(101)],
  ['an event of many lines', `${'data: x\n'.repeat(60)}\n`],
])('refuses what is too long: %s', (_, text) => {
  expect(() => data(text, 100)).toThrow(SseTooLargeError);
});

test('takes what is just short enough', () => {
  expect(data(`data: ${'x'.repeat(94)}\n\n`, 100)).toHaveLength(1);
  expect(data(`${'data: x\n'.repeat(50)}\n`, 99)).toHaveLength(1);
});

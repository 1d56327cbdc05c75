import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SseParser, type ServerEvent } from './sse-parser.js';

function parse(text: string, cuts: number[] = []): ServerEvent[] {
  const bytes = new TextEncoder().encode(text);
  const parser = new SseParser();
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  return edges.slice(1).flatMap((edge, index) => parser.push(bytes.subarray(edges[index], edge)));
}

const message = (data: string, id = '', type = 'message') => ({ id, type, data });

test('reads fields, comments and several lines of data', () => {
  expect(parse(': hello\nid: 7\nevent: output\ndata: a\ndata:b\ndata\n\n')).toEqual([message('a\nb\n', '7', 'output')]);
});

test('an id stays for later events, a type does not', () => {
  expect(parse('id: 1\nevent: x\ndata: a\n\ndata: b\n\n')).toEqual([message('a', '1', 'x'), message('b', '1')]);
});

test('takes off one blank after the colon, not two', () => {
  expect(parse('data:  a\n\n')).toEqual([message(' a')]);
});

test('an event without data is none, and an unfinished one is dropped', () => {
  expect(parse('id: 1\n\ndata: never')).toEqual([]);
});

test('skips a byte order mark and fields it does not know', () => {
  expect(parse('\uFEFFdata: a\nwhat: b\n\n')).toEqual([message('a')]);
});

test('an id with a NUL is ignored', () => {
  expect(parse('id: a\0b\ndata: x\n\n')).toEqual([message('x')]);
});

test('keeps the pause the server asks for', () => {
  const parser = new SseParser();
  parser.push(new TextEncoder().encode('retry: 1500\nretry: soon\n\n'));
  expect(parser.retryMs).toBe(1_500);
});

test('refuses an event that never ends', () => {
  const parser = new SseParser();
  // In as small pieces as a network delivers them: each must cost what is in it, not what came before.
  const chunk = new TextEncoder().encode('x'.repeat(64 * 1024));
  expect(() => Array.from({ length: 600 }, () => parser.push(chunk))).toThrow(RangeError);
});

test('any cut between chunks and any line ending give the same events', () => {
  const text = 'id: 1\nevent: output\ndata: grün 🌱\n\n: ping\n\ndata: zwei\ndata: drei\n\n';
  const whole = parse(text);
  fc.assert(
    fc.property(fc.array(fc.nat(200)), fc.constantFrom('\n', '\r', '\r\n'), (cuts, ending) => {
      expect(parse(text.replaceAll('\n', ending), cuts)).toEqual(whole);
    }),
  );
});

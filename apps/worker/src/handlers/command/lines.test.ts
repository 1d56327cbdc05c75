import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Lines } from './lines.js';

const bytes = (text: string) => Buffer.from(text);

test('lines are the same wherever the bytes are cut, also inside a character', () => {
  const text = 'first\r\nzweite Zeile: ä€😀\n\nlast';
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: Buffer.byteLength(text) })), (cuts) => {
      const lines = new Lines(100);
      const at = [0, ...cuts.toSorted((a, b) => a - b), Buffer.byteLength(text)];
      const pieces = at.slice(1).map((end, index) => bytes(text).subarray(at[index], end));
      expect([...pieces.flatMap((piece) => lines.push(piece)), ...lines.end()]).toEqual([
        'first',
        'zweite Zeile: ä€😀',
        '',
        'last',
      ]);
    }),
  );
});

test('a line that is too long is left out, in bounded memory, and the next one is read', () => {
  const lines = new Lines(5);
  expect(lines.push(bytes('12345\n123456\nok\n'))).toEqual(['12345', 'ok']);
  for (let i = 0; i < 1_000; i += 1) expect(lines.push(bytes('x'.repeat(1_000)))).toEqual([]);
  expect(lines.push(bytes('\nnext\n'))).toEqual(['next']);
  expect(lines.leftOut).toBe(2);
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeadTail } from './head-tail.js';

const LIMIT = 400;
const NOTICE = /\n\[\.\.\. (\d+) bytes left out \.\.\.\]\n/;

function readBack(bytes: Uint8Array, chunkSize: number): { text: string; truncated: boolean } {
  const kept = new HeadTail(LIMIT);
  for (let at = 0; at < bytes.length; at += chunkSize) kept.push(bytes.subarray(at, at + chunkSize));
  return kept.read();
}

const chunkSizes = fc.integer({ min: 1, max: 3_000 });

describe('HeadTail', () => {
  it('keeps a text up to the limit unchanged', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 90 }), chunkSizes, (text, size) => {
        fc.pre(Buffer.byteLength(text) <= LIMIT);
        expect(readBack(Buffer.from(text), size)).toEqual({ text, truncated: false });
      }),
    );
  });

  it('keeps head and tail of a longer text in whole characters, and has the exact number of bytes left out', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: LIMIT, maxLength: 3 * LIMIT }), chunkSizes, (text, size) => {
        fc.pre(!text.includes('bytes left out') && !text.includes('\uFFFD'));
        const kept = readBack(Buffer.from(text), size);
        if (Buffer.byteLength(text) <= LIMIT) return;
        const [head = '', leftOut, tail = ''] = kept.text.split(NOTICE);
        expect(kept.truncated).toBe(true);
        expect(text.startsWith(head) && text.endsWith(tail)).toBe(true);
        expect(Buffer.byteLength(head) + Number(leftOut) + Buffer.byteLength(tail)).toBe(Buffer.byteLength(text));
        // At most the notice and three bytes of a cut character on each side stay unused.
        expect(Buffer.byteLength(kept.text)).toBeGreaterThan(LIMIT - 64 - 8);
      }),
    );
  });

  it('stays within the limit whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5 * LIMIT }), chunkSizes, (bytes, size) => {
        const kept = readBack(bytes, size);
        expect(Buffer.byteLength(kept.text)).toBeLessThanOrEqual(LIMIT);
        if (bytes.length > LIMIT) expect(kept.truncated).toBe(true);
      }),
    );
  });

  it('copies the chunks it is given', () => {
    const kept = new HeadTail(LIMIT);
    const chunk = Buffer.from('as it was');
    kept.push(chunk);
    chunk.fill('x');
    expect(kept.read().text).toBe('as it was');
  });
});

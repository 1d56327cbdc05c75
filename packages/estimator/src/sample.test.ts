import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSample, encodeSample } from './sample.js';

describe('a stored sample', () => {
  it('reads back as what was written, to six digits', () => {
    const ms = fc.integer({ min: 1, max: 999_999 });
    fc.assert(
      fc.property(ms, ms, ms, fc.integer({ min: 0, max: 8e15 }), fc.constantFrom('exact' as const, 'hung' as const, 'censored' as const), (valueMs, deadlineMs, baseMs, atMs, kind) => {
        const sample = { valueMs, kind, deadlineMs, baseMs, atMs };
        expect(decodeSample(encodeSample(sample))).toEqual(sample);
      }),
    );
  });

  it('keeps where it came from', () => {
    const sample = { valueMs: 1.25, kind: 'exact' as const, deadlineMs: 0, baseMs: 0, atMs: 5, from: 'host-1.4711' };
    expect(decodeSample(encodeSample(sample))).toEqual(sample);
  });

  it('takes about 30 bytes', () => {
    expect(encodeSample({ valueMs: 123_456.789, kind: 'exact', deadlineMs: 600_000, baseMs: 234_567, atMs: 1_763_720_000_000 }).length).toBeLessThanOrEqual(36);
  });

  it('is refused when it is anything else, whatever it is (F54)', () => {
    fc.assert(fc.property(fc.string(), (text) => {
      const sample = decodeSample(text);
      if (sample !== undefined) expect(sample.valueMs).toBeGreaterThan(0);
    }));
    for (const text of ['x 0 0 0 k', 'x 5 -1 0 k', 'x 5 0 0 -k', 'x 0x10 0 0 k', 'x 5 0 0 k a b', 'x 5 0 0 k a{b}', 'x Infinity 0 0 k']) expect(decodeSample(text)).toBeUndefined();
  });
});

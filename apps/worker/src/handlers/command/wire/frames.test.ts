import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FRAME, FrameReader, frameHeader } from './frames.js';

const frames = fc.array(
  fc.record({ run: fc.nat(), payload: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) }),
  { maxLength: 20 },
);

describe('FrameReader', () => {
  it('finds the same frames wherever the bytes are cut', () => {
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (sent, sizes) => {
        const bytes = Buffer.concat(
          sent.flatMap(({ run, payload }) => [frameHeader(FRAME.stdout, run, payload.length), payload]),
        );
        const reader = new FrameReader();
        const received: { run: number; payload: Buffer }[] = [];
        for (let at = 0, cut = 0; at < bytes.length; cut += 1) {
          const size = sizes[cut % sizes.length] ?? 1;
          for (const { run, payload } of reader.read(bytes.subarray(at, at + size)))
            received.push({ run, payload: Buffer.from(payload) });
          at += size;
        }
        expect(received).toEqual(sent);
      }),
    );
  });

  it('reads a large frame in small chunks without repeated copies', () => {
    const payload = Buffer.alloc(8 * 1024 * 1024, 'x');
    const reader = new FrameReader();
    const received = [...reader.read(frameHeader(FRAME.stdin, 1, payload.length))];
    for (let at = 0; at < payload.length; at += 1_024) received.push(...reader.read(payload.subarray(at, at + 1_024)));
    expect(received).toHaveLength(1);
    expect(received[0]?.payload.equals(payload)).toBe(true);
  });
});

/**
 * The protocol between a worker and its leash: binary frames, so that output passes through unread.
 *
 *     u32 payload length | u8 type | u32 run | payload
 *
 * `run` is the worker's number of a command; 0 where the frame concerns none. Payloads are raw bytes for stdin, stdout and
 * stderr, and JSON (see messages.ts) for the rest.
 */
export const FRAME = {
  /** To the leash. */
  start: 1,
  stdin: 2,
  stop: 3,
  pause: 4,
  resume: 5,
  /** From the leash. */
  alive: 16,
  started: 17,
  stdout: 18,
  stderr: 19,
  cpuActivity: 20,
  signalled: 21,
  failed: 22,
  ended: 23,
  /** The leash is ending; the worker closes its side of the pipe, so that the leash can read all that it has sent. */
  closing: 24,
  /** The reply to a `start` when the leash is ending: the command never ran. */
  refused: 25,
} as const;
export type FrameType = (typeof FRAME)[keyof typeof FRAME];

const HEADER_BYTES = 9;
const TYPE_AT = 4;
const RUN_AT = 5;

export interface Frame {
  readonly type: number;
  readonly run: number;
  /** A view on the received chunk, to be copied where it is kept. */
  readonly payload: Buffer;
}

export function frameHeader(type: FrameType, run: number, payloadBytes: number): Buffer {
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUInt32BE(payloadBytes, 0);
  header.writeUInt8(type, TYPE_AT);
  header.writeUInt32BE(run, RUN_AT);
  return header;
}

/** Splits a stream of bytes into frames. Every byte is copied once at most, however small the chunks are. */
export class FrameReader {
  private chunks: Buffer[] = [];
  private held = 0;
  /** Below this many held bytes no frame can be complete. */
  private wanted = HEADER_BYTES;

  /** The frames that `chunk` completes. */
  *read(chunk: Buffer): Generator<Frame, void> {
    this.chunks.push(chunk);
    this.held += chunk.length;
    if (this.held < this.wanted) return;
    let rest = this.chunks.length === 1 ? chunk : Buffer.concat(this.chunks, this.held);
    this.wanted = HEADER_BYTES;
    while (rest.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + rest.readUInt32BE(0);
      if (rest.length < end) {
        this.wanted = end;
        break;
      }
      yield {
        type: rest.readUInt8(TYPE_AT),
        run: rest.readUInt32BE(RUN_AT),
        payload: rest.subarray(HEADER_BYTES, end),
      };
      rest = rest.subarray(end);
    }
    this.chunks = rest.length === 0 ? [] : [rest];
    this.held = rest.length;
  }
}

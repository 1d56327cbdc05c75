/** Bytes of one queue: some 10,000 messages, many times what one worker writes between two reads. */
export const SHARED_QUEUE_BYTES = 1_024 * 1_024;

const COUNTERS_BYTES = 8;
const LENGTH_BYTES = 4;
/** Of one UTF-16 unit. */
const MAX_UTF8_BYTES = 3;
/** Places of the two counters: bytes written and bytes read so far, both modulo 2^32. */
const WRITTEN = 0;
const READ = 1;

/**
 * A queue of texts between two threads, one that writes and one that reads, in shared memory: a write costs a copy, and no
 * message port, and the reader sees it although the writer's event loop is blocked right after.
 */
export class SharedQueue {
  private readonly counters: Int32Array;
  private readonly bytes: Buffer;

  constructor(memory: SharedArrayBuffer) {
    this.counters = new Int32Array(memory, 0, 2);
    this.bytes = Buffer.from(memory, COUNTERS_BYTES);
  }

  /** False: there is no room, and nothing was written. */
  write(text: string): boolean {
    const written = Atomics.load(this.counters, WRITTEN);
    const free = this.bytes.length - ((written - Atomics.load(this.counters, READ)) >>> 0);
    const from = (written >>> 0) % this.bytes.length;
    const mostBytes = LENGTH_BYTES + MAX_UTF8_BYTES * text.length;
    // Straight to its place, where it fits there whatever its characters are.
    const length =
      mostBytes <= Math.min(free, this.bytes.length - from)
        ? this.writeWhole(text, from)
        : this.writeInParts(Buffer.from(text), { at: written >>> 0, free });
    if (length === null) return false;
    // Last: the reader never sees a message that is not there whole.
    Atomics.store(this.counters, WRITTEN, (written + LENGTH_BYTES + length) | 0);
    return true;
  }

  /** Everything that was written and not read yet, oldest first. */
  readAll(): string[] {
    const texts: string[] = [];
    const written = Atomics.load(this.counters, WRITTEN);
    let read = Atomics.load(this.counters, READ);
    while (read !== written) {
      const length = this.take(read >>> 0, LENGTH_BYTES).readUInt32LE();
      texts.push(this.take((read >>> 0) + LENGTH_BYTES, length).toString());
      read = (read + LENGTH_BYTES + length) | 0;
    }
    Atomics.store(this.counters, READ, read);
    return texts;
  }

  private writeWhole(text: string, from: number): number {
    const length = this.bytes.write(text, from + LENGTH_BYTES);
    this.bytes.writeUInt32LE(length, from);
    return length;
  }

  /** The length of the body; null: there is no room. */
  private writeInParts(body: Buffer, { at, free }: { at: number; free: number }): number | null {
    if (LENGTH_BYTES + body.length > free) return null;
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(body.length);
    this.put(at, length);
    this.put(at + LENGTH_BYTES, body);
    return body.length;
  }

  private put(at: number, part: Buffer): void {
    const from = at % this.bytes.length;
    const fits = Math.min(part.length, this.bytes.length - from);
    part.copy(this.bytes, from, 0, fits);
    part.copy(this.bytes, 0, fits);
  }

  private take(at: number, length: number): Buffer {
    const from = at % this.bytes.length;
    const fits = Math.min(length, this.bytes.length - from);
    return Buffer.concat([this.bytes.subarray(from, from + fits), this.bytes.subarray(0, length - fits)]);
  }
}

/** Shared memory for a queue that holds so many bytes, a power of two: the counters wrap around at one. */
export function sharedQueueMemory(bytes = SHARED_QUEUE_BYTES): SharedArrayBuffer {
  return new SharedArrayBuffer(COUNTERS_BYTES + bytes);
}

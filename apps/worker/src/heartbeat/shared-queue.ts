/** Bytes of one queue: some 10,000 messages, many times what one worker writes between two reads. */
export const SHARED_QUEUE_BYTES = 1_024 * 1_024;

const COUNTERS_BYTES = 8;
const LENGTH_BYTES = 4;
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
    const body = Buffer.from(text);
    const written = Atomics.load(this.counters, WRITTEN);
    const used = (written - Atomics.load(this.counters, READ)) >>> 0;
    if (used + LENGTH_BYTES + body.length > this.bytes.length) return false;
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(body.length);
    this.put(written >>> 0, length);
    this.put((written >>> 0) + LENGTH_BYTES, body);
    // Last: the reader never sees a message that is not there whole.
    Atomics.store(this.counters, WRITTEN, (written + LENGTH_BYTES + body.length) | 0);
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

/** Room for the line with the number of bytes left out. */
const NOTICE_BYTES = 64;
const FIRST_SIZE = 4_096;
/** A UTF-8 character has at most this many bytes after its first one, all of the form 10xxxxxx. */
const MOST_CONTINUATIONS = 3;
const CONTINUATION_MASK = 0xc0;
const CONTINUATION_BITS = 0x80;

export interface BoundedText {
  /** At most the limit in UTF-8 bytes, the notice included. */
  readonly text: string;
  readonly truncated: boolean;
}

/**
 * Keeps the head and the tail of a stream of bytes in bounded memory. The middle is counted and left out, with no cut inside
 * a UTF-8 character; bytes that are not UTF-8 become U+FFFD.
 */
export class HeadTail {
  private readonly headLimit: number;
  private readonly tailLimit: number;
  private head: Buffer = Buffer.alloc(0);
  private headBytes = 0;
  private readonly tail: Ring;
  private total = 0;

  /** `limitBytes`: the longest text that `read` returns; at least a few hundred. */
  constructor(limitBytes: number) {
    this.headLimit = Math.ceil(limitBytes / 2);
    this.tailLimit = limitBytes - this.headLimit;
    this.tail = new Ring(this.tailLimit);
  }

  /** Copies the bytes that it keeps. */
  push(chunk: Uint8Array): void {
    this.total += chunk.length;
    const forHead = chunk.subarray(0, this.headLimit - this.headBytes);
    if (forHead.length > 0) this.growHead(forHead);
    if (forHead.length < chunk.length) this.tail.push(chunk.subarray(forHead.length));
  }

  read(): BoundedText {
    const head = this.head.subarray(0, this.headBytes);
    const tail = this.tail.read();
    const limit = this.headLimit + this.tailLimit;
    if (this.total <= limit) {
      const text = Buffer.concat([head, tail]).toString('utf8');
      if (Buffer.byteLength(text) <= limit) return { text, truncated: false };
    }
    const firstPart = cleanHead(head, this.headLimit - NOTICE_BYTES);
    const lastPart = cleanTail(tail, this.tailLimit);
    const leftOut = Math.max(this.total - firstPart.length - lastPart.length, 0);
    return {
      text: `${firstPart.toString('utf8')}\n[... ${leftOut} bytes left out ...]\n${lastPart.toString('utf8')}`,
      truncated: true,
    };
  }

  private growHead(bytes: Uint8Array): void {
    const needed = this.headBytes + bytes.length;
    if (needed > this.head.length) {
      const grown = Buffer.allocUnsafe(Math.min(this.headLimit, Math.max(FIRST_SIZE, needed * 2)));
      this.head.copy(grown, 0, 0, this.headBytes);
      this.head = grown;
    }
    this.head.set(bytes, this.headBytes);
    this.headBytes = needed;
  }
}

/** The newest `size` bytes of a stream. Allocates its memory with the first byte. */
class Ring {
  private bytes: Buffer | null = null;
  private end = 0;
  private held = 0;

  constructor(private readonly size: number) {}

  push(chunk: Uint8Array): void {
    this.bytes ??= Buffer.allocUnsafe(this.size);
    const newest = chunk.subarray(Math.max(0, chunk.length - this.size));
    const untilWrap = newest.subarray(0, this.size - this.end);
    this.bytes.set(untilWrap, this.end);
    this.bytes.set(newest.subarray(untilWrap.length), 0);
    this.end = (this.end + newest.length) % this.size;
    this.held = Math.min(this.size, this.held + newest.length);
  }

  /** Oldest byte first. */
  read(): Buffer {
    if (this.bytes === null) return Buffer.alloc(0);
    if (this.held < this.size) return this.bytes.subarray(0, this.held);
    return Buffer.concat([this.bytes.subarray(this.end), this.bytes.subarray(0, this.end)]);
  }
}

/** At most `limit` bytes of valid UTF-8 from the start. */
function cleanHead(bytes: Buffer, limit: number): Buffer {
  const valid = asUtf8(bytes.subarray(0, characterStart(bytes, limit)));
  return valid.subarray(0, characterStart(valid, limit));
}

/** At most `limit` bytes of valid UTF-8 from the end. */
function cleanTail(bytes: Buffer, limit: number): Buffer {
  const valid = asUtf8(bytes.subarray(nextCharacter(bytes, 0)));
  return valid.subarray(nextCharacter(valid, Math.max(0, valid.length - limit)));
}

/** The bytes, with U+FFFD in place of those that are not UTF-8; it may be longer. */
function asUtf8(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('utf8'));
}

/** `at`, moved back to the start of its character. */
function characterStart(bytes: Buffer, at: number): number {
  if (at >= bytes.length) return bytes.length;
  for (let back = 0; back <= MOST_CONTINUATIONS; back += 1) if (!isContinuation(bytes[at - back])) return at - back;
  return at; // not UTF-8
}

/** `at`, moved forward to the start of a character. */
function nextCharacter(bytes: Buffer, at: number): number {
  for (let skip = 0; skip <= MOST_CONTINUATIONS; skip += 1) if (!isContinuation(bytes[at + skip])) return at + skip;
  return at; // not UTF-8
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & CONTINUATION_MASK) === CONTINUATION_BITS;
}

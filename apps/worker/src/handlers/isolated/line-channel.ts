import type { Socket } from 'node:net';

const NEWLINE = 0x0a;

export interface LineChannelOptions<In> {
  /** A longer line breaks the channel; bytes. Default: no limit, for the side that trusts the other one. */
  maxLineBytes?: number;
  onMessage(message: In): void;
  /** The other side sent what is no message; the channel is closed. */
  onBroken?(why: string): void;
}

/** Messages over a socket, one JSON text a line. Every received byte is copied once at most. */
export class LineChannel<In, Out> {
  /** Resolves when the socket is closed and everything received before has been handed on. */
  readonly closed: Promise<void>;
  #parts: Buffer[] = [];
  #bytes = 0;

  constructor(
    private readonly socket: Socket,
    private readonly options: LineChannelOptions<In>,
  ) {
    this.closed = new Promise((resolve) => {
      socket.once('close', () => resolve());
    });
    socket.on('error', () => socket.destroy()); // the end of the process tells the story
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
  }

  send(message: Out): void {
    if (this.socket.writable) this.socket.write(`${JSON.stringify(message)}\n`);
  }

  /** Bytes that the other side has not taken yet. */
  get backlogBytes(): number {
    return this.socket.writableLength;
  }

  onDrained(call: () => void): void {
    this.socket.on('drain', call);
  }

  /** Says a last thing; resolves when the system has taken it. */
  end(message: Out): Promise<void> {
    return new Promise((resolve) => {
      this.socket.once('close', () => resolve());
      if (this.socket.writable) this.socket.end(`${JSON.stringify(message)}\n`, () => resolve());
      else resolve();
    });
  }

  destroy(): void {
    this.socket.destroy();
  }

  #read(chunk: Buffer): void {
    let rest = chunk;
    for (let at = rest.indexOf(NEWLINE); at >= 0; at = rest.indexOf(NEWLINE)) {
      if (!this.#collect(rest.subarray(0, at))) return;
      this.#take(Buffer.concat(this.#parts));
      this.#parts = [];
      this.#bytes = 0;
      rest = rest.subarray(at + 1);
      if (this.socket.destroyed) return;
    }
    if (rest.length > 0) this.#collect(rest);
  }

  /** False: the line is too long. */
  #collect(part: Buffer): boolean {
    const { maxLineBytes = Number.POSITIVE_INFINITY } = this.options;
    this.#parts.push(part);
    this.#bytes += part.length;
    if (this.#bytes <= maxLineBytes) return true;
    this.#break(`a message of more than ${maxLineBytes} bytes`);
    return false;
  }

  #take(line: Buffer): void {
    let message: In;
    try {
      message = JSON.parse(line.toString('utf8')) as In;
    } catch {
      return this.#break('a message that is not JSON');
    }
    this.options.onMessage(message);
  }

  #break(why: string): void {
    this.socket.destroy();
    this.options.onBroken?.(why);
  }
}

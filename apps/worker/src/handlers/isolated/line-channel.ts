import type { Socket } from 'node:net';

const NEWLINE = 0x0a;

export interface LineChannelOptions<In> {
  /** A longer line closes the channel. Default: unlimited, for the end that trusts the other one. */
  maxLineBytes?: number;
  onMessage(message: In): void;
  /** The peer sent something else than messages; the channel is closed. */
  onProtocolError?(reason: string): void;
}

/** Messages over a socket, one JSON text a line. Every received byte is copied once at most. */
export class LineChannel<In, Out> {
  /** Resolves when the socket is closed and all messages received before were delivered. */
  readonly closed: Promise<void>;
  private parts: Buffer[] = [];
  private bytes = 0;

  constructor(
    private readonly socket: Socket,
    private readonly options: LineChannelOptions<In>,
  ) {
    this.closed = new Promise((resolve) => {
      socket.once('close', () => resolve());
    });
    socket.on('error', () => socket.destroy()); // the end of the peer's process is reported elsewhere
    socket.on('data', (chunk: Buffer) => this.read(chunk));
  }

  send(message: Out): void {
    if (this.socket.writable) this.socket.write(`${JSON.stringify(message)}\n`);
  }

  /** Bytes that the peer has not read yet. */
  get backlogBytes(): number {
    return this.socket.writableLength;
  }

  onDrained(call: () => void): void {
    this.socket.on('drain', call);
  }

  /** Sends the last message; resolves when the system has taken it. */
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

  private read(chunk: Buffer): void {
    let rest = chunk;
    for (let at = rest.indexOf(NEWLINE); at >= 0; at = rest.indexOf(NEWLINE)) {
      if (!this.collect(rest.subarray(0, at))) return;
      this.deliver(Buffer.concat(this.parts));
      this.parts = [];
      this.bytes = 0;
      rest = rest.subarray(at + 1);
      if (this.socket.destroyed) return;
    }
    if (rest.length > 0) this.collect(rest);
  }

  /** False: the line is too long. */
  private collect(part: Buffer): boolean {
    const { maxLineBytes = Number.POSITIVE_INFINITY } = this.options;
    this.parts.push(part);
    this.bytes += part.length;
    if (this.bytes <= maxLineBytes) return true;
    this.fail(`a message of more than ${maxLineBytes} bytes`);
    return false;
  }

  private deliver(line: Buffer): void {
    let message: In;
    try {
      message = JSON.parse(line.toString('utf8')) as In;
    } catch {
      return this.fail('a message that is not JSON');
    }
    this.options.onMessage(message);
  }

  private fail(reason: string): void {
    this.socket.destroy();
    this.options.onProtocolError?.(reason);
  }
}

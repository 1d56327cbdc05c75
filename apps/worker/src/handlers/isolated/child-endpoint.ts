import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { LineChannel } from './line-channel.js';
import type { FromChild, Ticket, ToChild } from './messages.js';

const TOKEN_BYTES = 32;
const NAME_BYTES = 6;

export interface ChildEndpointOptions {
  /** A folder that only this user can enter. */
  folder: string;
  /** Longest message of the child, in bytes. */
  maxLineBytes: number;
  onConnected(channel: LineChannel<FromChild, ToChild>): void;
  onMessage(message: FromChild): void;
  /** The child sent something else than messages; the connection is closed. */
  onProtocolError(reason: string): void;
}

/** The worker's end of the connection to a child process: a unix socket that accepts one connection, by its token. */
export class ChildEndpoint {
  readonly ticket: Ticket;
  private readonly server: Server;
  private readonly token: Buffer;
  private channel: LineChannel<FromChild, ToChild> | undefined;

  private constructor(private readonly options: ChildEndpointOptions) {
    const token = randomBytes(TOKEN_BYTES).toString('hex');
    this.token = Buffer.from(token);
    this.ticket = { socketPath: join(options.folder, `h-${randomBytes(NAME_BYTES).toString('hex')}`), token };
    this.server = createServer((socket) => this.accept(socket));
  }

  /** Throws the system's error when the socket cannot be created. */
  static async open(options: ChildEndpointOptions): Promise<ChildEndpoint> {
    const endpoint = new ChildEndpoint(options);
    endpoint.server.listen(endpoint.ticket.socketPath);
    await once(endpoint.server, 'listening');
    return endpoint;
  }

  /** Resolves when the connection is closed and all its messages were delivered; at once when there was none. */
  async drained(): Promise<void> {
    await this.channel?.closed;
  }

  close(): void {
    this.channel?.destroy();
    this.server.close();
    rmSync(this.ticket.socketPath, { force: true });
  }

  private accept(socket: Socket): void {
    const { maxLineBytes, onMessage, onProtocolError } = this.options;
    let admitted = false;
    const channel: LineChannel<FromChild, ToChild> = new LineChannel(socket, {
      maxLineBytes,
      onProtocolError: (reason) => admitted && onProtocolError(reason),
      onMessage: (message) => {
        if (admitted) return onMessage(message);
        if (this.channel !== undefined || !this.hasTicket(message)) return socket.destroy();
        admitted = true;
        this.channel = channel;
        this.options.onConnected(channel);
      },
    });
  }

  private hasTicket(message: FromChild): boolean {
    if (message?.type !== 'hello' || typeof message.token !== 'string') return false;
    const given = Buffer.from(message.token);
    return given.length === this.token.length && timingSafeEqual(given, this.token);
  }
}

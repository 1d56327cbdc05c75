import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { LineChannel } from './line-channel.js';
import type { FromChild, Invitation, ToChild } from './messages.js';

const TOKEN_BYTES = 32;
const NAME_BYTES = 6;

export interface MeetingOptions {
  /** A folder that only this user can enter. */
  folder: string;
  /** Longest message of the process, in bytes. */
  maxLineBytes: number;
  /** The process is there. */
  onArrival(channel: LineChannel<FromChild, ToChild>): void;
  onMessage(message: FromChild): void;
  onBroken(why: string): void;
}

/** A socket on which one process, the one that knows the token, is let in; once. */
export class ChildEndpoint {
  readonly ticket: Invitation;
  readonly #server: Server;
  readonly #token: Buffer;
  #channel: LineChannel<FromChild, ToChild> | undefined;

  private constructor(private readonly options: MeetingOptions) {
    const token = randomBytes(TOKEN_BYTES).toString('hex');
    this.#token = Buffer.from(token);
    this.ticket = { socketPath: join(options.folder, `h-${randomBytes(NAME_BYTES).toString('hex')}`), token };
    this.#server = createServer((socket) => this.#meet(socket));
  }

  /** Throws the system's error when there can be no socket. */
  static async open(options: MeetingOptions): Promise<ChildEndpoint> {
    const place = new ChildEndpoint(options);
    place.#server.listen(place.ticket.socketPath);
    await once(place.#server, 'listening');
    return place;
  }

  /** Resolves when everything the process said has been heard; at once when it never came. */
  async drained(): Promise<void> {
    await this.#channel?.closed;
  }

  close(): void {
    this.#channel?.destroy();
    this.#server.close();
    rmSync(this.ticket.socketPath, { force: true });
  }

  #meet(socket: Socket): void {
    const { maxLineBytes, onMessage, onBroken } = this.options;
    let known = false;
    const channel: LineChannel<FromChild, ToChild> = new LineChannel(socket, {
      maxLineBytes,
      onBroken: (why) => known && onBroken(why),
      onMessage: (message) => {
        if (known) return onMessage(message);
        if (this.#channel !== undefined || !this.#isInvited(message)) return socket.destroy();
        known = true;
        this.#channel = channel;
        this.options.onArrival(channel);
      },
    });
  }

  #isInvited(message: FromChild): boolean {
    if (message?.type !== 'hello' || typeof message.token !== 'string') return false;
    const given = Buffer.from(message.token);
    return given.length === this.#token.length && timingSafeEqual(given, this.#token);
  }
}

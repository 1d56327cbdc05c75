import type { Socket } from 'node:net';
import { encodeMessage } from '../wire/messages.js';
import { FRAME, type FrameType, frameHeader } from '../wire/frames.js';

/** Something that produces output and can wait. */
export interface Source {
  hold(): void;
  release(): void;
}

/**
 * The one way from the leash to its worker. When the worker reads slower than the commands print, all sources are
 * held, so that the commands wait on their own pipes and no memory grows here.
 */
export class FrameWriter {
  readonly #sources = new Set<Source>();
  #full = false;
  #muted = false;

  constructor(private readonly socket: Socket) {
    socket.on('drain', () => this.#release());
  }

  /** True while sources have to wait. */
  get full(): boolean {
    return this.#full;
  }

  add(source: Source): void {
    this.#sources.add(source);
    if (this.#full) source.hold();
  }

  remove(source: Source): void {
    this.#sources.delete(source);
  }

  /** Nothing more is sent but refusals, and sources need not wait: how commands end now says nothing about them. */
  mute(): void {
    this.#muted = true;
    this.#release();
  }

  sendMessage(type: FrameType, run: number, message: object = {}): void {
    this.sendBytes(type, run, encodeMessage(message));
  }

  sendBytes(type: FrameType, run: number, payload: Buffer): void {
    if ((this.#muted && type !== FRAME.refused) || this.socket.destroyed) return;
    this.socket.cork();
    this.socket.write(frameHeader(type, run, payload.length));
    const room = this.socket.write(payload);
    this.socket.uncork();
    if (room || this.#full) return;
    this.#full = true;
    for (const source of this.#sources) source.hold();
  }

  #release(): void {
    this.#full = false;
    for (const source of this.#sources) source.release();
  }
}

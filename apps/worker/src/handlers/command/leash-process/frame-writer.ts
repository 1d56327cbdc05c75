import type { Socket } from 'node:net';
import { encodeMessage } from '../wire/messages.js';
import { FRAME, type FrameType, frameHeader } from '../wire/frames.js';

/** A producer of output that can be paused. */
export interface Source {
  pause(): void;
  resume(): void;
}

/**
 * Writes frames to the worker, for all commands. While the worker reads more slowly than the commands print, all sources are
 * paused, so that the commands wait on their own pipes and no memory grows here.
 */
export class FrameWriter {
  private readonly sources = new Set<Source>();
  private isFull = false;
  private isMuted = false;

  constructor(private readonly socket: Socket) {
    socket.on('drain', () => this.resumeSources());
  }

  /** Sources are paused. */
  get full(): boolean {
    return this.isFull;
  }

  add(source: Source): void {
    this.sources.add(source);
    if (this.isFull) source.pause();
  }

  remove(source: Source): void {
    this.sources.delete(source);
  }

  /** From now on only `refused` frames are sent, and sources run freely. */
  mute(): void {
    this.isMuted = true;
    this.resumeSources();
  }

  sendMessage(type: FrameType, run: number, message: object = {}): void {
    this.sendBytes(type, run, encodeMessage(message));
  }

  sendBytes(type: FrameType, run: number, payload: Buffer): void {
    if ((this.isMuted && type !== FRAME.refused) || this.socket.destroyed) return;
    this.socket.cork();
    this.socket.write(frameHeader(type, run, payload.length));
    const hasRoom = this.socket.write(payload);
    this.socket.uncork();
    if (hasRoom || this.isFull) return;
    this.isFull = true;
    for (const source of this.sources) source.pause();
  }

  private resumeSources(): void {
    this.isFull = false;
    for (const source of this.sources) source.resume();
  }
}

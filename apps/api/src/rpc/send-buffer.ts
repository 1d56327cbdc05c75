import { WebSocket } from 'ws';

export interface SendBufferOptions {
  /** Bytes that may wait for the peer. */
  maxWaitingBytes: number;
  /** Called in place of sending a reply while more than that waits: a peer that does not read must not fill the memory. */
  onSlow(): void;
}

/** Outgoing messages of one socket. Replies are sent at once, within bounds; each event waits for the one before. */
export class SendBuffer {
  private turn: Promise<void> = Promise.resolve();
  private sent = false;
  private waited = false;

  constructor(
    private readonly socket: WebSocket,
    private readonly options: SendBufferOptions,
  ) {}

  send(message: object): void {
    if (this.socket.bufferedAmount > this.options.maxWaitingBytes) this.options.onSlow();
    else this.write(message, () => {});
  }

  /** Resolves when the operating system has taken the message, in the order of the calls, or when the socket has closed. */
  sendInTurn(message: object): Promise<void> {
    this.turn = this.turn.then(() => new Promise<void>((resolve) => this.write(message, resolve)));
    return this.turn;
  }

  /** Whether the peer has read since the last call. Known only while something waited for it. */
  hasMoved(): boolean {
    const moved = this.waited && this.sent;
    this.waited = this.socket.bufferedAmount > 0;
    this.sent = false;
    return moved;
  }

  private write(message: object, done: () => void): void {
    if (this.socket.readyState !== WebSocket.OPEN) return done();
    this.socket.send(JSON.stringify(message), () => {
      this.sent = true;
      done();
    });
  }
}

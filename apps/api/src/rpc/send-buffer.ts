import { WebSocket } from 'ws';

export interface SendBufferOptions {
  /** Bytes that may wait for the peer; an answer that comes on top of more is not sent. */
  maxWaitingBytes: number;
  /** Called instead of sending it: whoever asks and does not read must not fill the memory. */
  onSlow(): void;
}

/** What goes out over one socket. Answers go at once, within bounds; events wait until the one before has been taken. */
export class SendBuffer {
  private turn: Promise<void> = Promise.resolve();
  private taken = false;
  private waited = false;

  constructor(
    private readonly socket: WebSocket,
    private readonly options: SendBufferOptions,
  ) {}

  send(message: object): void {
    if (this.socket.bufferedAmount > this.options.maxWaitingBytes) this.options.onSlow();
    else this.write(message, () => {});
  }

  /** Resolves when the system has taken it, in the order of the calls, or when the socket has closed. */
  sendInTurn(message: object): Promise<void> {
    this.turn = this.turn.then(() => new Promise<void>((resolve) => this.write(message, resolve)));
    return this.turn;
  }

  /** Whether the peer has read since the last time this was asked, as far as that can be told: only while something waited. */
  hasMoved(): boolean {
    const moved = this.waited && this.taken;
    this.waited = this.socket.bufferedAmount > 0;
    this.taken = false;
    return moved;
  }

  private write(message: object, done: () => void): void {
    if (this.socket.readyState !== WebSocket.OPEN) return done();
    this.socket.send(JSON.stringify(message), () => {
      this.taken = true;
      done();
    });
  }
}

import { connect, type Socket } from 'node:net';

export interface LeashPing {
  stop(): void;
}

/**
 * Tells the leash that this process lives: one byte each `everyMs`, to the socket that the leash listens on. Runs in
 * the heartbeat thread, so that a busy main loop does not look like a dead worker. A lost connection, also to a leash
 * that was replaced, is made again by itself.
 */
export function startLeashPing(socketPath: string, everyMs: number): LeashPing {
  let socket: Socket | null = null;
  const beat = (): void => {
    if (socket === null) {
      socket = connect(socketPath);
      socket.on('error', () => {}); // 'close' follows
      socket.on('close', () => {
        socket = null;
      });
    }
    // What a leash that does not read has missed is of no use to it later.
    if (!socket.writableNeedDrain) socket.write('.');
  };
  beat();
  const timer = setInterval(beat, everyMs);
  return {
    stop() {
      clearInterval(timer);
      socket?.destroy();
    },
  };
}

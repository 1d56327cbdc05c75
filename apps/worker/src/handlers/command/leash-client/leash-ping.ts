import { connect, type Socket } from 'node:net';

export interface LeashPing {
  stop(): void;
}

/**
 * Sends the leash one byte each `everyMs` as proof that this process is alive. Runs in the heartbeat thread, so that a busy main
 * loop does not look like a dead worker. Reconnects by itself, also to the next leash at the same path.
 */
export function startLeashPing(socketPath: string, everyMs: number): LeashPing {
  let socket: Socket | null = null;
  const ping = (): void => {
    if (socket === null) {
      socket = connect(socketPath);
      socket.on('error', () => {}); // 'close' follows
      socket.on('close', () => {
        socket = null;
      });
    }
    // Old pings are useless to a leash that did not read them in time.
    if (!socket.writableNeedDrain) socket.write('.');
  };
  ping();
  const timer = setInterval(ping, everyMs);
  return {
    stop() {
      clearInterval(timer);
      socket?.destroy();
    },
  };
}

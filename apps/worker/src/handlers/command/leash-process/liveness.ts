import { createServer, type Server } from 'node:net';
import { Silence } from './liveness-window.js';

export interface LivenessOptions {
  /** Milliseconds without a byte after which the worker counts as gone. */
  readonly silenceMs: number;
  /** The worker was heard for the first time. */
  onAlive(): void;
  /** The worker was heard before, and not for `silenceMs`. */
  onSilent(): void;
}

/** Takes the bytes that the worker's heartbeat thread writes. Any connection counts, so that it may reconnect. */
export function createLivenessServer(options: LivenessOptions): Server {
  const silence = new Silence(options.silenceMs);
  const server = createServer((connection) => {
    connection.on('data', () => {
      const first = !silence.armed;
      silence.heard(performance.now());
      if (first) options.onAlive();
    });
    connection.on('error', () => connection.destroy());
  });
  setInterval(() => {
    if (!silence.look(performance.now())) return;
    // Bytes that arrived while this process was busy are read between a timer and setImmediate: ask again there.
    setImmediate(() => {
      if (silence.look(performance.now())) options.onSilent();
    });
  }, silence.lookEveryMs);
  return server;
}

import { createServer, type Server } from 'node:net';

export interface LivenessOptions {
  /** Time without a ping after which the worker counts as gone. */
  readonly silenceMs: number;
  /** The first ping has arrived. */
  onAlive(): void;
  /** No ping has arrived for `silenceMs`, after at least one. */
  onSilent(): void;
}

/** Receives the pings of the worker's heartbeat thread. Any connection counts, so that the thread may reconnect. */
export function createLivenessServer(options: LivenessOptions): Server {
  const window = new LivenessWindow(options.silenceMs);
  const server = createServer((connection) => {
    connection.on('data', () => {
      const isFirst = !window.armed;
      window.ping(performance.now());
      if (isFirst) options.onAlive();
    });
    connection.on('error', () => connection.destroy());
  });
  setInterval(() => {
    if (!window.hasExpired(performance.now())) return;
    // Pings that arrived while this process was busy are read between a timer and setImmediate: check again there.
    setImmediate(() => {
      if (window.hasExpired(performance.now())) options.onSilent();
    });
  }, window.checkEveryMs);
  return server;
}

/** Checks in a window: an expiry is noticed at most one check late. */
const CHECKS_PER_WINDOW = 24;
const SHORTEST_CHECK_MS = 10;
/** A check later than this share of the window shows that the leash itself did not run. */
const GAP_SHARE = 0.5;

/**
 * Expires when no ping has arrived for `windowMs`, by the leash's own monotonic clock. A leash that did not run itself (machine
 * suspended, processor starved) may have missed pings: it grants one more full window.
 */
export class LivenessWindow {
  readonly checkEveryMs: number;
  private lastPingMs: number | null = null;
  private lastCheckMs: number | null = null;

  constructor(readonly windowMs: number) {
    this.checkEveryMs = Math.max(SHORTEST_CHECK_MS, windowMs / CHECKS_PER_WINDOW);
  }

  /** False before the first ping: no command runs by then, so the window cannot expire. */
  get armed(): boolean {
    return this.lastPingMs !== null;
  }

  ping(nowMs: number): void {
    this.lastPingMs = nowMs;
  }

  /** To be called every `checkEveryMs`. */
  hasExpired(nowMs: number): boolean {
    const gapMs = this.lastCheckMs === null ? 0 : nowMs - this.lastCheckMs;
    this.lastCheckMs = nowMs;
    if (this.lastPingMs === null) return false;
    if (gapMs > this.windowMs * GAP_SHARE) this.lastPingMs = nowMs;
    return nowMs - this.lastPingMs >= this.windowMs;
  }
}

import type { ProgressReport } from '@leeway/contract';

/** The silence of an attempt and its likely reason. Pure: times are handed in, in ms on one clock. */
export class Silence {
  private outputMs: number;
  private thinkingMs: number | undefined;
  private toolSinceMs: number | undefined;

  constructor(startMs: number) {
    this.outputMs = startMs;
  }

  output(nowMs: number): void {
    this.outputMs = nowMs;
  }

  thinking(nowMs: number): void {
    this.thinkingMs = nowMs;
  }

  tool(running: boolean, nowMs: number): void {
    if (!running) this.toolSinceMs = undefined;
    else this.toolSinceMs ??= nowMs;
  }

  /** Null: there was output within `afterMs`. */
  notice(nowMs: number, afterMs: number): ProgressReport['notice'] {
    const forMs = Math.round(nowMs - this.outputMs);
    if (forMs < afterMs) return null;
    if (this.toolSinceMs !== undefined) return { what: 'tool', forMs: Math.round(nowMs - this.toolSinceMs) };
    return { what: (this.thinkingMs ?? -1) > this.outputMs ? 'thinking' : 'silent', forMs };
  }
}

import type { Clock } from '@leeway/runtime';
import type { EventSink } from './event-sink.js';
import type { Supervisor } from './supervisor.js';

export interface WaitingParts {
  supervisor: Pick<Supervisor, 'pause' | 'resume' | 'over' | 'deadlineMs'>;
  reporter: EventSink;
  clock: Clock;
  /** How long one attempt may wait for people in all, in ms: nobody stretches an attempt for ever by waiting. */
  mostMs: number;
  /** Vouches for the attempt until that deadline, in ms from its start, and for as long as it may stand before. */
  renewLease: (deadlineMs: number) => void;
}

/** Longest text of what an attempt waits for, in characters. */
const REASON_MOST = 200;

/** An attempt that waits for a person: meanwhile its clocks stand, all but completeBy. */
export class Waiting {
  private usedMs = 0;
  private sinceMs: number | undefined;
  private limit: NodeJS.Timeout | undefined;

  constructor(private readonly parts: WaitingParts) {}

  get now(): boolean {
    return this.sinceMs !== undefined;
  }

  /** What is left of the time it may wait, while it does; else 0. */
  get leftMs(): number {
    return this.sinceMs === undefined ? 0 : Math.max(0, this.parts.mostMs - this.usedMs - this.waitedMs);
  }

  /** How long it has been waiting this time, in ms. */
  get waitedMs(): number {
    return this.sinceMs === undefined ? 0 : this.parts.clock.monotonicMs() - this.sinceMs;
  }

  /** False: it has waited for as long as it may, and its clocks run. */
  begin(reason?: string): boolean {
    const { supervisor, reporter, clock, mostMs, renewLease } = this.parts;
    if (this.now) return true;
    if (supervisor.over || this.usedMs >= mostMs) return false;
    this.sinceMs = clock.monotonicMs();
    supervisor.pause('waiting');
    renewLease(supervisor.deadlineMs);
    reporter.add({ type: 'waiting', reason: reason === undefined ? null : reason.slice(0, REASON_MOST) });
    this.limit = setTimeout(() => this.end('limit'), this.leftMs);
    return true;
  }

  end(why: 'answered' | 'limit' = 'answered'): void {
    if (!this.now) return;
    const { supervisor, reporter, renewLease } = this.parts;
    clearTimeout(this.limit);
    this.usedMs += this.waitedMs;
    this.sinceMs = undefined;
    const pausedMs = supervisor.resume('waiting');
    renewLease(supervisor.deadlineMs);
    reporter.add({ type: 'resumed', pausedMs, why });
  }

  /** The attempt is over: nothing is said any more. */
  close(): void {
    clearTimeout(this.limit);
  }
}

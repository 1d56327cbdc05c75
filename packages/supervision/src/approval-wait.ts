import type { Clock } from '@leeway/runtime';
import type { EventSink } from './events.js';
import type { Supervisor } from './supervisor.js';

export interface ApprovalWaitOptions {
  supervisor: Pick<Supervisor, 'pause' | 'resume' | 'closed'>;
  events: EventSink;
  clock: Pick<Clock, 'monotonicMs'>;
  /** How long one attempt may wait for people in all, in ms: nobody stretches an attempt for ever by waiting. */
  mostMs: number;
}

/** Longest reason of a wait that is published, in characters. */
const REASON_CHARS = 200;

/** The time that one attempt waits for a person: meanwhile its clocks are paused, all but completeBy. */
export class ApprovalWait {
  private usedMs = 0;
  private sinceMs: number | undefined;
  private limit: NodeJS.Timeout | undefined;

  constructor(private readonly options: ApprovalWaitOptions) {}

  get active(): boolean {
    return this.sinceMs !== undefined;
  }

  /** How long the present wait has taken, in ms; 0 while there is none. */
  get waitedMs(): number {
    return this.sinceMs === undefined ? 0 : this.options.clock.monotonicMs() - this.sinceMs;
  }

  /** False: the time that it may wait is used up, and its clocks run. */
  begin(reason?: string): boolean {
    const { supervisor, events, clock, mostMs } = this.options;
    if (this.active) return true;
    const leftMs = mostMs - this.usedMs;
    if (supervisor.closed || leftMs <= 0) return false;
    this.sinceMs = clock.monotonicMs();
    supervisor.pause('approval', leftMs);
    events.add({ type: 'waiting', reason: reason === undefined ? null : reason.slice(0, REASON_CHARS) });
    this.limit = setTimeout(() => this.end('limit'), leftMs);
    return true;
  }

  end(why: 'answered' | 'limit' = 'answered'): void {
    if (!this.active) return;
    const { supervisor, events } = this.options;
    clearTimeout(this.limit);
    this.usedMs += this.waitedMs;
    this.sinceMs = undefined;
    events.add({ type: 'resumed', pausedMs: supervisor.resume('approval'), why });
  }

  /** The attempt has ended: nothing is published any more. */
  close(): void {
    clearTimeout(this.limit);
  }
}

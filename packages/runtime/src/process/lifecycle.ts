import type { Clock } from '../clock.js';
import { systemClock } from '../clock.js';
import type { Log } from '../log/log.js';

/** Something that is started and stopped. Stopping has to be possible at any time, also while it starts. */
export interface Part {
  readonly name: string;
  start?(): Promise<void> | void;
  /** `signal` fires when the time for draining is over: what is left then has to be let go. */
  stop?(signal: AbortSignal): Promise<void> | void;
}

export interface LifecycleOptions {
  /** Started first to last, stopped last to first. */
  parts: readonly Part[];
  log: Log;
  /** Milliseconds that stopping everything may take; what hangs longer is named and left behind. */
  drainMs: number;
  clock?: Clock;
}

export interface Stopped {
  /** False: some part failed to stop or hung. The process should say so with its exit code. */
  clean: boolean;
  /** Names of the parts that did not stop. */
  left: readonly string[];
}

/** Starts parts in order and stops them in reverse. Stopping twice is fine, so is stopping before or during start. */
export class Lifecycle {
  private readonly started: Part[] = [];
  private starting: Promise<void> | undefined;
  private stopping: Promise<Stopped> | undefined;

  constructor(private readonly options: LifecycleOptions) {}

  /** Throws what a part threw, after the parts before it have been stopped. Does nothing once stop was called. */
  start(): Promise<void> {
    this.starting ??= this.startParts();
    return this.starting;
  }

  /** Resolves when everything has stopped, or when `drainMs` is over. Never throws. */
  stop(reason: string): Promise<Stopped> {
    this.stopping ??= this.stopParts(reason);
    return this.stopping;
  }

  private async startParts(): Promise<void> {
    for (const part of this.options.parts) {
      if (this.stopping !== undefined) return;
      // Counted before it has started: a part that failed half-way is stopped too.
      this.started.push(part);
      try {
        await part.start?.();
      } catch (error) {
        await this.stop(`${part.name} did not start`);
        throw error;
      }
    }
  }

  private async stopParts(reason: string): Promise<Stopped> {
    const { log, drainMs, clock = systemClock } = this.options;
    const began = clock.monotonicMs();
    log.info({ event: 'stopping', reason }, `stopping: ${reason}`);
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), drainMs);
    const left: string[] = [];
    for (const part of [...this.started].reverse()) {
      if (!(await this.stopPart(part, limit.signal))) left.push(part.name);
    }
    clearTimeout(timer);
    const tookMs = Math.round(clock.monotonicMs() - began);
    if (left.length > 0) log.error({ event: 'stop_incomplete', left, tookMs }, `did not stop: ${left.join(', ')}`);
    else log.info({ event: 'stopped', tookMs }, 'stopped');
    return { clean: left.length === 0, left };
  }

  private async stopPart(part: Part, signal: AbortSignal): Promise<boolean> {
    if (part.stop === undefined) return true;
    try {
      return await Promise.race([Promise.resolve(part.stop(signal)).then(() => true), expired(signal)]);
    } catch (error) {
      this.options.log.error({ event: 'stop_failed', part: part.name, error }, `${part.name} failed to stop`);
      return false;
    }
  }
}

/** Parts get this long after the limit to let go of what is left, before they are left behind. */
const LET_GO_MS = 250;

function expired(signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const giveUp = () => setTimeout(() => resolve(false), LET_GO_MS).unref();
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
  });
}

import type { Clock } from '../clock.js';
import { systemClock } from '../clock.js';
import type { Log } from '../log/log.js';

/** A part of a process with a start and a stop. `stop` may be called at any time, also while `start` runs. */
export interface Part {
  readonly name: string;
  start?(): Promise<void> | void;
  /** `signal` fires when the drain time is over: the part then has to abandon its remaining work. */
  stop?(signal: AbortSignal): Promise<void> | void;
}

export interface LifecycleOptions {
  /** Started first to last, stopped last to first. */
  parts: readonly Part[];
  log: Log;
  /** Milliseconds for stopping all parts; parts that take longer are logged and left behind. */
  drainMs: number;
  /** Ends the drain time at once. Default: nothing does. */
  abortDrain?: AbortSignal;
  /** Milliseconds between the abort signal and leaving a part behind. Default 250. */
  abandonAfterMs?: number;
  clock?: Clock;
}

export interface StopResult {
  /** False: a part failed to stop or hung, which the exit code of the process should show. */
  clean: boolean;
  /** Names of the parts that did not stop. */
  left: readonly string[];
}

const ABANDON_AFTER_MS = 250;

/** Starts parts in order and stops them in reverse. `stop` may be called twice, and before or during the start. */
export class Lifecycle {
  private readonly started: Part[] = [];
  private starting: Promise<void> | undefined;
  private stopping: Promise<StopResult> | undefined;

  constructor(private readonly options: LifecycleOptions) {}

  /** Rejects with the error of the first part that fails, once the parts before it are stopped. No effect after `stop`. */
  start(): Promise<void> {
    this.starting ??= this.startParts();
    return this.starting;
  }

  /** Resolves when all parts have stopped, or when `drainMs` is over. Never rejects. */
  stop(reason: string): Promise<StopResult> {
    this.stopping ??= this.stopParts(reason);
    return this.stopping;
  }

  private async startParts(): Promise<void> {
    for (const part of this.options.parts) {
      if (this.stopping !== undefined) return;
      // Added before it has started: a part that fails half-way is stopped too.
      this.started.push(part);
      try {
        await part.start?.();
      } catch (error) {
        await this.stop(`${part.name} did not start`);
        throw error;
      }
    }
  }

  private async stopParts(reason: string): Promise<StopResult> {
    const { log, drainMs, abortDrain, clock = systemClock } = this.options;
    const began = clock.monotonicMs();
    log.info({ event: 'stopping', reason }, `stopping: ${reason}`);
    const limit = new AbortController();
    const signal = abortDrain === undefined ? limit.signal : AbortSignal.any([limit.signal, abortDrain]);
    const timer = setTimeout(() => limit.abort(), drainMs);
    const left: string[] = [];
    for (const part of [...this.started].reverse()) {
      if (!(await this.stopPart(part, signal))) left.push(part.name);
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
      return await Promise.race([Promise.resolve(part.stop(signal)).then(() => true), this.abandoned(signal)]);
    } catch (error) {
      this.options.log.error({ event: 'stop_failed', part: part.name, error }, `${part.name} failed to stop`);
      return false;
    }
  }

  /** Resolves with false when a part has ignored the abort signal for too long. */
  private abandoned(signal: AbortSignal): Promise<boolean> {
    const { abandonAfterMs = ABANDON_AFTER_MS } = this.options;
    return new Promise((resolve) => {
      const giveUp = () => setTimeout(() => resolve(false), abandonAfterMs).unref();
      if (signal.aborted) giveUp();
      else signal.addEventListener('abort', giveUp, { once: true });
    });
  }
}

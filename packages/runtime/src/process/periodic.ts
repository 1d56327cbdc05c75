import { systemClock, type Clock } from '../clock.js';
import type { Part } from './lifecycle.js';
import type { Log } from '../log/log.js';

/** Work that is done again and again. */
export interface PeriodicTask {
  readonly name: string;
  /** Milliseconds from the end of one run to the start of the next; a function is asked after each run. */
  readonly everyMs: number | (() => number);
  /** Share of `everyMs` by which the pause varies, 0 to 1, so that many processes do not act in step. Default 0.1. */
  readonly jitter?: number;
  /** Returns how many things it did, if it counts. The signal fires on stop. */
  run(signal: AbortSignal): Promise<number | void>;
}

export interface PeriodicReport {
  runs: number;
  failures: number;
  /** Sum of what the runs returned. */
  items: number;
  lastTookMs: number | null;
  /** Message of the last failure; null once a run has succeeded again. */
  lastError: string | null;
}

export interface PeriodicOptions {
  log: Log;
  clock?: Clock;
  /** 0 to 1, as Math.random. */
  random?: () => number;
}

const JITTER = 0.1;

/** Runs tasks side by side; no task ever overlaps with itself. A failing run is logged, and the next one comes. */
export class Periodic implements Part {
  readonly name = 'periodic tasks';
  private readonly reports = new Map<string, PeriodicReport>();
  private readonly stopped = new AbortController();
  private loops: Promise<void>[] = [];

  constructor(
    private readonly tasks: readonly PeriodicTask[],
    private readonly options: PeriodicOptions,
  ) {
    for (const task of tasks) {
      this.reports.set(task.name, { runs: 0, failures: 0, items: 0, lastTookMs: null, lastError: null });
    }
  }

  /** The first run of each task comes after its first pause. Starting twice changes nothing. */
  start(): void {
    if (this.loops.length > 0) return;
    this.loops = this.tasks.map((task) => this.loop(task));
  }

  /** Resolves when the runs under way have ended. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await Promise.all(this.loops);
  }

  /** Counts since the start, by task name. */
  report(): ReadonlyMap<string, Readonly<PeriodicReport>> {
    return this.reports;
  }

  private async loop(task: PeriodicTask): Promise<void> {
    const { signal } = this.stopped;
    while (!signal.aborted) {
      await pause(this.pauseMs(task), signal);
      if (!signal.aborted) await this.runOnce(task, signal);
    }
  }

  private pauseMs(task: PeriodicTask): number {
    const { random = Math.random } = this.options;
    const jitter = task.jitter ?? JITTER;
    const everyMs = typeof task.everyMs === 'function' ? task.everyMs() : task.everyMs;
    return everyMs * (1 + jitter * (2 * random() - 1));
  }

  private async runOnce(task: PeriodicTask, signal: AbortSignal): Promise<void> {
    const { log, clock = systemClock } = this.options;
    const report = this.reports.get(task.name) as PeriodicReport;
    const began = clock.monotonicMs();
    report.runs += 1;
    try {
      report.items += (await task.run(signal)) ?? 0;
      report.lastError = null;
    } catch (error) {
      report.failures += 1;
      // The first of a row of failures is logged, not each of them: an outage must not flood the log.
      if (report.lastError === null)
        log.warn({ event: 'periodic_failed', task: task.name, error }, `${task.name} failed`);
      report.lastError = error instanceof Error ? error.message : String(error);
    } finally {
      report.lastTookMs = clock.monotonicMs() - began;
    }
  }
}

function pause(forMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, forMs);
    signal.addEventListener('abort', done, { once: true });
  });
}

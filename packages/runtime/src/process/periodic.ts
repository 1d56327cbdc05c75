import type { Log } from '../log/log.js';
import type { Part } from './lifecycle.js';

/** A task that is repeated until the process stops. */
export interface PeriodicTask {
  readonly name: string;
  /** Milliseconds from the end of one run to the start of the next; a function is called after each run. */
  readonly everyMs: number | (() => number);
  /** Share of `everyMs` by which the pause varies, 0 to 1, so that many processes do not run in step. Default 0.1. */
  readonly jitter?: number;
  /** `signal` fires on stop. */
  run(signal: AbortSignal): Promise<unknown>;
}

export interface PeriodicOptions {
  log: Log;
  /** 0 to 1, as Math.random. */
  random?: () => number;
}

const JITTER = 0.1;

/** Runs tasks side by side; runs of one task never overlap. A failed run is logged and followed by the next. */
export class Periodic implements Part {
  readonly name = 'periodic tasks';
  private readonly stopped = new AbortController();
  private loops: Promise<void>[] = [];

  constructor(
    private readonly tasks: readonly PeriodicTask[],
    private readonly options: PeriodicOptions,
  ) {}

  /** The first run of each task follows its first pause. Calling it twice has no effect. */
  start(): void {
    if (this.loops.length > 0) return;
    this.loops = this.tasks.map((task) => this.loop(task));
  }

  /** Resolves when the current runs have ended. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await Promise.all(this.loops);
  }

  private async loop(task: PeriodicTask): Promise<void> {
    const { signal } = this.stopped;
    let failing = false;
    for (;;) {
      await pause(this.pauseMs(task), signal);
      if (signal.aborted) return;
      try {
        await task.run(signal);
        failing = false;
      } catch (error) {
        // Only the first failure in a row is logged: an outage must not flood the log.
        if (!failing)
          this.options.log.warn({ event: 'periodic_failed', task: task.name, error }, `${task.name} failed`);
        failing = true;
      }
    }
  }

  private pauseMs(task: PeriodicTask): number {
    const { random = Math.random } = this.options;
    const jitter = task.jitter ?? JITTER;
    const everyMs = typeof task.everyMs === 'function' ? task.everyMs() : task.everyMs;
    return everyMs * (1 + jitter * (2 * random() - 1));
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

import { setTimeout as sleep } from 'node:timers/promises';
import type { LeewayClient } from '@leeway/client';
import type { Job } from '@leeway/contract';
import { DeadlineNews, newsOf } from './news.js';
import type { RunLog } from './run-log.js';
import type { Task } from './workload.js';

export interface RunnerOptions {
  client: LeewayClient;
  log: RunLog;
  tell: (line: string) => void;
  signal: AbortSignal;
}

const LOOK_EVERY_MS = 200;

/** Submits tasks, keeps the log up to date while they run, and tells what happens. */
export class Runner {
  readonly #deadlines = new DeadlineNews();

  constructor(private readonly options: RunnerOptions) {}

  /** Looks at every open job again and again. Rejects when the signal fires or the API does not answer any more. */
  async look(): Promise<never> {
    const { client, log, tell, signal } = this.options;
    for (;;) {
      await Promise.all(
        log.open().map(async ({ task, job }) => this.#record(task, await client.get(job.id, { signal }))),
      );
      for (const line of this.#deadlines.lines(log)) tell(line);
      await sleep(LOOK_EVERY_MS, undefined, { signal });
    }
  }

  /** Submits the tasks of one family, no more at once than it allows; resolves when all have ended. */
  async runAll(tasks: readonly Task[]): Promise<void> {
    const [first] = tasks;
    if (first === undefined) return;
    const waiting = [...tasks];
    this.options.log.plan(first.family, tasks.length);
    const lane = async () => {
      for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) await this.#run(task);
    };
    await Promise.all(Array.from({ length: first.family.parallel }, lane));
  }

  /** Resolves with the latest answers as soon as they fit. */
  async until(fits: () => boolean): Promise<void> {
    while (!fits()) await sleep(LOOK_EVERY_MS / 2, undefined, { signal: this.options.signal });
  }

  async #run(task: Task): Promise<void> {
    const { client, signal } = this.options;
    const submitted = await client.submit(task.submission, { signal });
    this.#record(task, submitted);
    this.#record(task, await client.waitFor(submitted.id, { signal }));
  }

  #record(task: Task, job: Job): void {
    const before = this.options.log.record(task, job);
    for (const line of newsOf(task, before, job)) this.options.tell(line);
  }
}

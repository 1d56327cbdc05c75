import { setTimeout as sleep } from 'node:timers/promises';
import type { LeewayClient } from '@leeway/client';
import { durationText, isFinal, type Job } from '@leeway/contract';
import type { RunLog } from './run-log.js';
import type { Screen } from './screen.js';
import { table } from './table.js';
import type { Family, Task } from './workload.js';

export interface RunnerOptions {
  client: LeewayClient;
  log: RunLog;
  screen: Screen;
  signal: AbortSignal;
}

const REFRESH_EVERY_MS = 200;
const MS_PER_S = 1_000;
const SECONDS_WIDTH = 6;
/** A deadline that has fallen below this share of the last one printed is printed. */
const TIGHTER_SHARE = 0.7;

/** Submits tasks, and shows on the screen how they are doing. */
export class Runner {
  private readonly startedAtMs = performance.now();
  private readonly printedDeadlines = new Map<Family, number>();

  constructor(private readonly options: RunnerOptions) {}

  /** Prints a line with the seconds since the start. */
  print(text: string): void {
    const seconds = ((performance.now() - this.startedAtMs) / MS_PER_S).toFixed(1);
    this.options.screen.line(`${seconds.padStart(SECONDS_WIDTH)} s  ${text}`);
  }

  /** Refreshes the open jobs and the table until the signal fires. Rejects then, and when the API stops replying. */
  async watch(): Promise<never> {
    const { client, log, screen, signal } = this.options;
    for (;;) {
      const open = log.open();
      await Promise.all(open.map(async ({ task, job }) => this.record(task, await client.get(job.id, { signal }))));
      for (const family of log.families) this.printTighterDeadline(family);
      screen.block(table(log));
      await sleep(REFRESH_EVERY_MS, undefined, { signal });
    }
  }

  /** Submits the tasks of one family, `parallel` of them at a time. Resolves when all have ended. */
  async runAll(tasks: readonly Task[]): Promise<void> {
    const [first] = tasks;
    if (first === undefined) return;
    const waiting = [...tasks];
    this.options.log.plan(first.family, tasks.length);
    const lane = async () => {
      for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) await this.run(task);
    };
    await Promise.all(Array.from({ length: first.family.parallel }, lane));
  }

  /** Resolves when the log fulfils a condition. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await sleep(REFRESH_EVERY_MS / 2, undefined, { signal: this.options.signal });
  }

  private async run(task: Task): Promise<void> {
    const { client, signal } = this.options;
    const submitted = await client.submit(task.submission, { signal });
    this.record(task, submitted);
    this.record(task, await client.waitFor(submitted.id, { signal }));
  }

  private record(task: Task, job: Job): void {
    const before = this.options.log.record(task, job);
    if (before !== undefined && isFinal(before.state)) return;
    for (const [index, attempt] of job.attempts.entries()) {
      if (attempt.outcome === null || (before?.attempts[index]?.outcome ?? null) !== null) continue;
      if (task.intent === 'healthy' && ['succeeded', 'lost'].includes(attempt.outcome)) continue;
      const took = durationText(attempt.durationMs ?? 0);
      const cause = attempt.cause === null ? '' : ` (${attempt.cause})`;
      this.print(`${TITLES[task.intent](task.family)}: attempt ${index + 1} ${attempt.outcome} after ${took}${cause}`);
    }
  }

  private printTighterDeadline(family: Family): void {
    const deadlineMs = this.options.log.firstDecisions(family).at(-1)?.deadlineMs;
    const printedMs = this.printedDeadlines.get(family);
    if (deadlineMs === undefined || (printedMs !== undefined && deadlineMs > printedMs * TIGHTER_SHARE)) return;
    this.printedDeadlines.set(family, deadlineMs);
    const now = durationText(deadlineMs);
    if (printedMs === undefined) this.print(`${family.name}: starts with a deadline of ${now}`);
    else this.print(`${family.name}: deadline ${durationText(printedMs)} -> ${now}`);
  }
}

const TITLES: Record<Task['intent'], (family: Family) => string> = {
  healthy: ({ name }) => `a task of ${name}`,
  slow: () => 'the slow task',
  hangs: () => 'the hung task',
  fails: () => 'the failing task',
};

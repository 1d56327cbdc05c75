import { isFinal, type Decision, type Job } from '@leeway/contract';
import type { Family, Task } from './workload.js';

/** A task and the latest state of its job. */
export interface Entry {
  task: Task;
  job: Job;
}

/** The latest state of every job of the demo, from which all figures are computed. */
export class RunLog {
  private readonly byId = new Map<string, Entry>();
  /** Number of tasks of each family that are not submitted yet. */
  private readonly planned = new Map<Family, number>();

  plan(family: Family, count: number): void {
    this.planned.set(family, (this.planned.get(family) ?? 0) + count);
  }

  /** Stores the state of a job, unless it is older than the one that is known, and returns the one before. */
  record(task: Task, job: Job): Job | undefined {
    const before = this.byId.get(job.id)?.job;
    if (before === undefined) this.plan(task.family, -1);
    // Replies of concurrent requests can arrive in another order: a final state stays.
    if (before !== undefined && isFinal(before.state)) return before;
    this.byId.set(job.id, { task, job });
    return before;
  }

  get families(): Family[] {
    return [...this.planned.keys()];
  }

  entries(family?: Family): Entry[] {
    return [...this.byId.values()].filter((entry) => family === undefined || entry.task.family === family);
  }

  open(): Entry[] {
    return this.entries().filter((entry) => !isFinal(entry.job.state));
  }

  running(family: Family): Entry[] {
    return this.entries(family).filter(({ job }) => job.state === 'running');
  }

  counts(family: Family): { ended: number; running: number; waiting: number; total: number } {
    const jobs = this.entries(family).map((entry) => entry.job);
    const notSubmitted = this.planned.get(family) ?? 0;
    const ended = jobs.filter((job) => isFinal(job.state)).length;
    const running = this.running(family).length;
    return { ended, running, waiting: notSubmitted + jobs.length - ended - running, total: notSubmitted + jobs.length };
  }

  /** Decisions of first attempts in the order of their start. Those of retries are left out: they are longer on purpose. */
  firstDecisions(family: Family): Decision[] {
    return this.entries(family)
      .flatMap(({ job }) => job.attempts.slice(0, 1))
      .toSorted((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt))
      .flatMap(({ decision }) => decision ?? []);
  }

  /** Median duration of the successful attempts of ordinary tasks; undefined before the first. */
  usualMs(family: Family): number | undefined {
    const durations = this.entries(family)
      .filter(({ task }) => task.intent === 'healthy')
      .flatMap(({ job }) => job.attempts.filter(({ outcome }) => outcome === 'succeeded'))
      .flatMap(({ durationMs }) => durationMs ?? [])
      .toSorted((a, b) => a - b);
    return durations[Math.floor(durations.length / 2)];
  }
}

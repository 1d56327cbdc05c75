import { isFinal, type Attempt, type Job } from '@leeway/contract';
import type { Family, Task } from './workload.js';

/** A task with what the API last said of it. */
export interface Entry {
  task: Task;
  job: Job;
}

/** Everything the demo knows: the latest answer of the API for each of its jobs. All figures are computed from here. */
export class RunLog {
  readonly #entries = new Map<string, Entry>();
  /** Tasks of each family that are not submitted yet. */
  readonly #waiting = new Map<Family, number>();

  plan(family: Family, count: number): void {
    this.#waiting.set(family, (this.#waiting.get(family) ?? 0) + count);
  }

  /** Stores an answer; returns the one before it. */
  record(task: Task, job: Job): Job | undefined {
    const before = this.#entries.get(job.id)?.job;
    if (before === undefined) this.#waiting.set(task.family, (this.#waiting.get(task.family) ?? 0) - 1);
    this.#entries.set(job.id, { task, job });
    return before;
  }

  get families(): Family[] {
    return [...this.#waiting.keys()];
  }

  entries(family?: Family): Entry[] {
    return [...this.#entries.values()].filter((entry) => family === undefined || entry.task.family === family);
  }

  open(): Entry[] {
    return this.entries().filter((entry) => !isFinal(entry.job.state));
  }

  counts(family: Family): { ended: number; running: number; waiting: number; total: number } {
    const jobs = this.entries(family).map((entry) => entry.job);
    const notSubmitted = this.#waiting.get(family) ?? 0;
    const ended = jobs.filter((job) => isFinal(job.state)).length;
    const running = jobs.filter((job) => job.state === 'running').length;
    return { ended, running, waiting: notSubmitted + jobs.length - ended - running, total: notSubmitted + jobs.length };
  }

  /** Attempts of a family's first tries with their decision, in the order they started. Retries are left out: theirs is widened on purpose. */
  firstTries(family: Family): Attempt[] {
    const attempts = this.entries(family).flatMap(({ job }) => job.attempts.slice(0, 1));
    return attempts
      .filter((attempt) => attempt.decision !== null)
      .toSorted((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt));
  }
}

import { isFinal, type Job, type JobEvent, type JobId } from '@leeway/contract';
import type { EventBus } from './event-bus.js';
import type { EventPages } from './event-pages.js';
import { WakeSignal } from './wake-signal.js';

export interface WaitOptions {
  until: (job: Job) => boolean;
  waitMs: number;
  signal?: AbortSignal | undefined;
}

interface FollowerParts {
  bus: EventBus;
  pages: EventPages;
  get: (id: JobId) => Promise<Job | undefined>;
  /** A follower without an event looks again after this, in ms. */
  pollMs: number;
  /** Monotonic. */
  nowMs: () => number;
}

/** Waits for what happens to a job. */
export class JobFollower {
  constructor(private readonly parts: FollowerParts) {}

  /** The job when `until` holds of it, or as it is after `waitMs`; it is read at every event. Undefined: no such job. */
  async waitFor(id: JobId, { until, waitMs, signal }: WaitOptions): Promise<Job | undefined> {
    const { bus, get, nowMs } = this.parts;
    const endMs = nowMs() + waitMs;
    const news = new WakeSignal();
    const stop = bus.listen(id, news.set);
    try {
      for (;;) {
        const job = await get(id);
        const leftMs = endMs - nowMs();
        if (job === undefined || until(job) || leftMs <= 0 || signal?.aborted === true) return job;
        await news.wait(leftMs, signal);
      }
    } finally {
      stop();
    }
  }

  /** Stored events after `afterId`, then new ones, until the job is final or the signal aborts. */
  async *events(
    id: JobId,
    { afterId = '0', signal }: { afterId?: string; signal: AbortSignal },
  ): AsyncIterable<JobEvent> {
    const { bus, pages, pollMs } = this.parts;
    let after = afterId;
    const news = new WakeSignal();
    const stop = bus.listen(id, news.set);
    try {
      while (!signal.aborted) {
        const page = await pages.next(id, after);
        for (const event of page) {
          yield event;
          after = event.id;
        }
        if (page.length > 0) continue;
        if (await this.isOver(id, after)) return;
        await news.wait(pollMs, signal);
      }
    } finally {
      stop();
    }
  }

  /** Its last event may have been stored between the empty page and the read of the job. */
  private async isOver(id: JobId, after: string): Promise<boolean> {
    const { get, pages } = this.parts;
    const job = await get(id);
    return job === undefined || (isFinal(job.state) && (await pages.next(id, after)).length === 0);
  }
}

import type { JobEvent, JobId } from '@leeway/contract';

/**
 * Pages of events for the followers of jobs. Followers of one job that are at the same event share one read: a page can hold
 * a megabyte of output, and all of them come over one connection.
 */
export class EventPages {
  private readonly underway = new Map<string, Promise<JobEvent[]>>();

  constructor(private readonly read: (id: JobId, afterId: string) => Promise<JobEvent[]>) {}

  /** Stored events after an id ("0": from the start), at most one page. */
  async next(id: JobId, afterId: string): Promise<JobEvent[]> {
    const underway = this.underway.get(`${id} ${afterId}`);
    if (underway === undefined) return this.begin(id, afterId);
    const page = await underway;
    // An empty one may have been read just before the event that the caller was woken for.
    return page.length > 0 ? page : this.begin(id, afterId);
  }

  private begin(id: JobId, afterId: string): Promise<JobEvent[]> {
    const name = `${id} ${afterId}`;
    const page = this.read(id, afterId).finally(() => {
      if (this.underway.get(name) === page) this.underway.delete(name);
    });
    this.underway.set(name, page);
    return page;
  }
}

import type { Job, JobState } from '@leeway/contract';
import { describe, expect, it } from 'vitest';
import { someJob, START_MS } from '../../testing/some-job.js';
import { readOverview, RUNNING_SHOWN, type OverviewSources } from './overview.js';

/** A queue with these running jobs, of which a list contains at most as many as were asked for. */
function queueWith(running: Job[], counted = running.length): OverviewSources {
  const counts = { scheduled: 0, queued: 0, paused: 0, succeeded: 0, failed: 0, cancelled: 0, running: counted };
  const queue = {
    counts: () => Promise.resolve(counts),
    get: (id: string) => Promise.resolve(running.find((job) => job.id === id)),
    list: ({ state, limit }: { state?: JobState; limit: number }) =>
      Promise.resolve({ jobs: state === 'running' ? running.slice(0, limit) : [], next: null }),
    providers: () => Promise.resolve([]),
    workers: () => Promise.resolve([]),
  };
  return { queue, classes: () => Promise.resolve([]) };
}

const jobs = (count: number) => Array.from({ length: count }, (_, index) => someJob({ id: `job-0000000${index}` }));

describe('the running jobs of the overview', () => {
  it('do not include a workflow, which has no attempt of its own, and do not count it as missing', async () => {
    const workflow = someJob({ id: 'flow-00000001', kind: 'workflow', attempts: [] });
    const overview = await readOverview(queueWith([...jobs(2), workflow]), () => START_MS + 1_000);
    expect([overview.running.length, overview.notShown]).toEqual([2, 0]);
  });

  it('are not counted as missing where one has ended between the count and the list', async () => {
    const overview = await readOverview(queueWith(jobs(2), 3), () => START_MS + 1_000);
    expect([overview.running.length, overview.notShown]).toEqual([2, 0]);
  });

  it('are counted as not shown beyond the longest table', async () => {
    const overview = await readOverview(queueWith(jobs(RUNNING_SHOWN + 7)), () => START_MS + 1_000);
    expect([overview.running.length, overview.notShown]).toEqual([RUNNING_SHOWN, 7]);
  });
});

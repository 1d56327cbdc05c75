import {
  FINAL_STATES,
  type ClassInfo,
  type Job,
  type JobId,
  type JobState,
  type ProviderState,
  type WorkerInfo,
} from '@leeway/contract';
import type { JobQueue } from '@leeway/queue';
import { runningAttempt, type RunningAttempt } from './running-attempt.js';

/** Everything that the first page shows, at one moment. */
export interface Overview {
  /** Wall clock in milliseconds. */
  atMs: number;
  counts: Record<JobState, number>;
  /** Oldest first, so that rows do not move; at most `RUNNING_SHOWN`. */
  running: RunningAttempt[];
  /** Running and paused jobs beyond `RUNNING_SHOWN`, which are not in `running`. */
  notShown: number;
  /** By name, so that rows do not move. */
  classes: ClassInfo[];
  workers: WorkerInfo[];
  /** In the order of the policy. */
  providers: ProviderState[];
  /** Newest first; at most `RECENT_SHOWN`. */
  recent: Job[];
}

export interface OverviewSources {
  queue: Pick<JobQueue, 'counts' | 'get' | 'list' | 'providers' | 'workers'>;
  classes: () => Promise<ClassInfo[]>;
}

/** States in which a job can have an open attempt. */
const OPEN_STATES = ['running', 'paused'] as const;

/** Most rows of a table: the page is sent every second. */
export const RUNNING_SHOWN = 50;
export const RECENT_SHOWN = 20;

/** Reads the overview of all tenants. Throws LeewayError `store_unavailable` when Redis is away. */
export async function readOverview({ queue, classes }: OverviewSources, nowMs: () => number): Promise<Overview> {
  const [counts, open, infos, workers, providers, ...ended] = await Promise.all([
    queue.counts(),
    readRunning(queue),
    classes(),
    queue.workers(),
    queue.providers(),
    ...FINAL_STATES.map((state) => queue.list({ tenant: null, state, limit: RECENT_SHOWN })),
  ]);
  // Read after the replies: a heartbeat that arrived meanwhile would have a negative age.
  const atMs = nowMs();
  return {
    atMs,
    counts,
    notShown: open.length < RUNNING_SHOWN ? 0 : Math.max(0, counts.running + counts.paused - open.length),
    running: open.flatMap((job) => runningAttempt(job, atMs) ?? []).toSorted(byStart),
    classes: infos,
    workers: workers.toSorted((a, b) => a.startedAt.localeCompare(b.startedAt)),
    providers,
    recent: ended
      .flatMap((page) => page.jobs)
      .toSorted(byEnd)
      .slice(0, RECENT_SHOWN),
  };
}

/** Each job is read again by its id: a list does not contain heartbeats. */
async function readRunning(queue: Pick<JobQueue, 'get' | 'list'>): Promise<Job[]> {
  const pages = await Promise.all(
    OPEN_STATES.map((state) => queue.list({ tenant: null, state, limit: RUNNING_SHOWN })),
  );
  const jobs = pages.flatMap((page) => page.jobs).slice(0, RUNNING_SHOWN);
  return Promise.all(jobs.map(async (job) => (await queue.get(job.id as JobId)) ?? job));
}

function byStart(a: RunningAttempt, b: RunningAttempt): number {
  return a.attempt.startedAt.localeCompare(b.attempt.startedAt) || a.job.id.localeCompare(b.job.id);
}

function byEnd(a: Job, b: Job): number {
  return (b.finishedAt ?? '').localeCompare(a.finishedAt ?? '');
}

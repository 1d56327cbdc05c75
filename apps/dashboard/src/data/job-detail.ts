import type { Job, JobEvent, JobId } from '@leeway/contract';
import type { JobQueue, StoredOutput } from '@leeway/queue';
import { runningAttempt, type RunningAttempt } from './running-attempt.js';
import { storedEvents } from './stored-events.js';

/** Everything that the page of one job shows, at one moment. */
export interface JobDetail {
  /** Wall clock in milliseconds. */
  atMs: number;
  job: Job;
  running: RunningAttempt | undefined;
  /** Oldest first, without output. */
  events: JobEvent[];
  output: StoredOutput;
}

/** Bytes of output on a page, from its end. */
export const OUTPUT_SHOWN_BYTES = 16 * 1024;
/** Events on a page, the newest ones. */
export const EVENTS_SHOWN = 200;

/** Undefined: no such job. Throws LeewayError `store_unavailable` when Redis is away. */
export async function readJobDetail(
  queue: Pick<JobQueue, 'get' | 'events' | 'output'>,
  id: JobId,
  nowMs: () => number,
): Promise<JobDetail | undefined> {
  const job = await queue.get(id);
  if (job === undefined) return undefined;
  const [events, output] = await Promise.all([
    storedEvents(queue, id),
    queue.output(id, { tailBytes: OUTPUT_SHOWN_BYTES }),
  ]);
  const atMs = nowMs();
  return {
    atMs,
    job,
    running: runningAttempt(job, atMs),
    events: shownEvents(events).slice(-EVENTS_SHOWN),
    output,
  };
}

/** Events without output, which has its own section, and with only the last of consecutive reports of progress. */
export function shownEvents(events: readonly JobEvent[]): JobEvent[] {
  const kept = events.filter(({ type }) => type !== 'output');
  return kept.filter(({ type }, index) => type !== 'progress' || kept[index + 1]?.type !== 'progress');
}

import type { Job, JobEvent, JobId } from '@leeway/contract';
import type { JobVerbs, StoredOutput } from '@leeway/queue';
import { runningAttempt, type RunningAttempt } from './running-attempt.js';
import { storedEvents } from './stored-events.js';

/** Everything the page of one job shows, as it was at one moment. */
export interface JobDetail {
  /** Wall clock in milliseconds. */
  atMs: number;
  job: Job;
  running: RunningAttempt | undefined;
  /** Oldest first, without the output. */
  events: JobEvent[];
  output: StoredOutput;
}

/** The end of the output that a page shows, in bytes. */
export const OUTPUT_SHOWN_BYTES = 16 * 1024;
/** The newest events that a page shows. */
export const EVENTS_SHOWN = 200;

/** Undefined: no such job. Throws LeewayError `store_unavailable` when Redis is away. */
export async function readJobDetail(
  verbs: Pick<JobVerbs, 'get' | 'events' | 'output'>,
  id: JobId,
  nowMs: () => number,
): Promise<JobDetail | undefined> {
  const job = await verbs.get(id);
  if (job === undefined) return undefined;
  const [events, output] = await Promise.all([
    storedEvents(verbs, id),
    verbs.output(id, { tailBytes: OUTPUT_SHOWN_BYTES }),
  ]);
  const atMs = nowMs();
  return {
    atMs,
    job,
    running: runningAttempt(job, atMs),
    events: eventsToTell(events).slice(-EVENTS_SHOWN),
    output,
  };
}

/** Output has a place of its own, and of several reports of progress in a row the last says it all. */
export function eventsToTell(events: readonly JobEvent[]): JobEvent[] {
  const told = events.filter(({ type }) => type !== 'output');
  return told.filter(({ type }, index) => type !== 'progress' || told[index + 1]?.type !== 'progress');
}

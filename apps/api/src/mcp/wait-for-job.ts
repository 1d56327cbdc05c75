import { isFinal, SECOND_MS, type Job, type JobEvent } from '@leeway/contract';
import { getJob } from '../routes/jobs/get-job.js';
import { asJob, type ToolCall } from './tool.js';

const SHOWN = 300;

/**
 * The job once it has ended, or as it is after `waitMs`. Reports its events as progress, if the client asked for progress.
 * Throws LeewayError.
 */
export async function waitForJob(id: string, waitMs: number, call: ToolCall): Promise<Job> {
  if (call.progress === undefined || waitMs === 0)
    return asJob(await call.call(getJob, { id, wait: Math.ceil(waitMs / SECOND_MS) }));
  // Read first: a job that has ended has no more events.
  const job = asJob(await call.call(getJob, { id }));
  if (isFinal(job.state)) return job;
  call.progress(`${job.state}; ${job.decision?.sentence ?? 'no decision yet'}`);
  for await (const event of call.follow({ id, forMs: waitMs })) {
    if (event.type !== 'output') call.progress(textOf(event));
  }
  return asJob(await call.call(getJob, { id }));
}

/** The event as JSON: a model can read it, and new types of events need no code here. */
function textOf({ type, attempt, data }: JobEvent): string {
  const of = attempt === null ? '' : ` (attempt ${attempt})`;
  return `${type}${of} ${JSON.stringify(data ?? {}).slice(0, SHOWN)}`;
}

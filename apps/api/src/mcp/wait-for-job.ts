import { isFinal, type Job, type JobEvent } from '@leeway/contract';
import { getJob } from '../routes/jobs/get-job.js';
import { asJob, type ToolCall } from './tool.js';

const SECOND_MS = 1_000;
const SHOWN = 300;

/**
 * Waits for the end of a job and gives it as it is then, or as it is when the time is over. Tells how it goes meanwhile,
 * where the client asked for it. Throws LeewayError.
 */
export async function waitForJob(id: string, waitMs: number, call: ToolCall): Promise<Job> {
  if (call.progress === undefined || waitMs === 0)
    return asJob(await call.call(getJob, { id, wait: Math.ceil(waitMs / SECOND_MS) }));
  // Read first: it may have ended, and then there are no events from now on.
  const job = asJob(await call.call(getJob, { id }));
  if (isFinal(job.state)) return job;
  call.progress(`${job.state}; ${job.decision?.sentence ?? 'no decision yet'}`);
  for await (const event of call.follow({ id, forMs: waitMs })) {
    if (event.type !== 'output') call.progress(wordsFor(event));
  }
  return asJob(await call.call(getJob, { id }));
}

/** As it is: a model reads JSON, and a new sort of event needs nothing here. */
function wordsFor({ type, attempt, data }: JobEvent): string {
  const of = attempt === null ? '' : ` (attempt ${attempt})`;
  return `${type}${of} ${JSON.stringify(data ?? {}).slice(0, SHOWN)}`;
}

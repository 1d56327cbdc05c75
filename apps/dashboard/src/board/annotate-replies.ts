import { isJobId, type Job, type JobId } from '@leeway/contract';
import { jobAnnotation } from './job-annotation.js';

/** What Bull Board is about to send of one job; the rest of it is passed on untouched. */
interface BoardJob {
  id?: string | number | null;
  data: unknown;
}

export interface AnnotationSources {
  get: (id: JobId) => Promise<Job | undefined>;
  /** Wall clock in milliseconds. */
  nowMs: () => number;
}

/** Replaces the data of every job in a reply with what our record says of it. A job without record stays as it is. */
export async function annotateReply(body: unknown, sources: AnnotationSources): Promise<void> {
  await Promise.all(jobsIn(body).map((boardJob) => annotate(boardJob, sources)));
}

async function annotate(boardJob: BoardJob, { get, nowMs }: AnnotationSources): Promise<void> {
  const id = String(boardJob.id);
  if (!isJobId(id)) return;
  const job = await get(id);
  if (job !== undefined) boardJob.data = jobAnnotation(job, nowMs());
}

/** The list of queues has the jobs of one of them; the page of a job has that one. */
function jobsIn(body: unknown): BoardJob[] {
  if (typeof body !== 'object' || body === null) return [];
  const { queues, job } = body as { queues?: { jobs?: BoardJob[] }[]; job?: BoardJob };
  return [...(queues ?? []).flatMap((queue) => queue.jobs ?? []), ...(job === undefined ? [] : [job])];
}

import { allowedText, durationText, isJobId, type Decision, type Job, type JobId } from '@leeway/contract';
import { runningAttempt, type Lateness, type RunningAttempt } from '../data/running-attempt.js';
import { workTitle } from '../data/work-title.js';
import { agoText } from '../html/figures.js';

/** A job in a reply of Bull Board; its other fields are not touched. */
interface BoardJob {
  id?: string | number | null;
  data: unknown;
}

export interface AnnotationSources {
  get: (id: JobId) => Promise<Job | undefined>;
  /** Wall clock in milliseconds. */
  nowMs: () => number;
}

/** Replaces the data of every job in a reply of Bull Board by facts of its record. A job without a record is not changed. */
export async function annotateReply(body: unknown, sources: AnnotationSources): Promise<void> {
  await Promise.all(jobsIn(body).map((boardJob) => annotate(boardJob, sources)));
}

async function annotate(boardJob: BoardJob, { get, nowMs }: AnnotationSources): Promise<void> {
  const id = String(boardJob.id);
  if (!isJobId(id)) return;
  const job = await get(id);
  if (job !== undefined) boardJob.data = jobAnnotation(job, nowMs());
}

/** The list of queues contains the jobs of one queue, the page of a job that job. */
function jobsIn(body: unknown): BoardJob[] {
  if (typeof body !== 'object' || body === null) return [];
  const { queues, job } = body as { queues?: { jobs?: BoardJob[] }[]; job?: BoardJob };
  return [...(queues ?? []).flatMap((queue) => queue.jobs ?? []), ...(job === undefined ? [] : [job])];
}

const LATENESS: Record<Lateness, string> = {
  on_time: 'on time',
  late: 'late: longer than 19 of 20 runs like it',
  overdue: 'past its deadline, being ended',
  paused: 'paused, and its time limits with it',
  unknown: 'no history to compare with',
};

function jobAnnotation(job: Job, nowMs: number): Record<string, string> {
  const running = runningAttempt(job, nowMs);
  const { decision } = job;
  return {
    work: workTitle(job),
    class: job.class,
    ...(job.label !== null && { label: job.label }),
    state: job.cause === null ? job.state : `${job.state} (${job.cause})`,
    ...(decision !== null && { deadline: deadlineText(decision, running) }),
    ...(running === undefined ? {} : runningFacts(running)),
    attempt: `${job.attempts.length} of at most ${job.maxAttempts}`,
    ...(decision !== null && { why: decision.sentence }),
  };
}

function deadlineText(decision: Decision, running: RunningAttempt | undefined): string {
  const { deadlineMs = null } = running ?? {};
  return deadlineMs === null ? allowedText(decision) : durationText(deadlineMs);
}

function runningFacts(running: RunningAttempt): Record<string, string> {
  const { elapsedMs, remainingMs, lateness, heartbeatAgeMs, attempt } = running;
  return {
    elapsed: durationText(elapsedMs),
    ...(remainingMs !== null && { left: remainingMs === 0 ? 'none' : durationText(remainingMs) }),
    lateness: LATENESS[lateness],
    lastHeartbeat: heartbeatAgeMs === null ? 'not yet' : agoText(heartbeatAgeMs),
    worker: attempt.worker,
  };
}

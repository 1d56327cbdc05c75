import { isFinal, jobErrorSchema, JOB_STATES, CAUSE_NAMES, type Job } from '@leeway/contract';
import { z } from 'zod';
import { shortened } from './shortened.js';

const isoTime = z.iso.datetime().nullable();

/** A job in short, for a model: what it needs for the next step, without the input and the figures. */
export const jobBriefSchema = z.object({
  id: z.string(),
  kind: z.string(),
  label: z.string().nullable(),
  state: z.enum(JOB_STATES),
  finished: z.boolean().describe('False: the job waits or runs'),
  cause: z.enum(CAUSE_NAMES).nullable().describe('Why the job, or its last attempt, did not succeed'),
  late: z.boolean().describe('Slower than 19 of 20 runs like it. Only the deadline ends it'),
  attempt: z.int().describe('Attempts so far; 0: none has started'),
  maxAttempts: z.int(),
  expectedFinishAt: isoTime.describe('By then half of the runs like it have finished; null: not known'),
  deadlineAt: isoTime.describe('When the running attempt is ended; changes when the deadline is extended'),
  decision: z.string().nullable().describe('How the deadline was chosen, as a sentence'),
  progress: z.unknown().describe('The last progress that the job reported'),
  error: jobErrorSchema.nullable(),
  submittedAt: isoTime,
  startedAt: isoTime,
  finishedAt: isoTime,
  next: z.string().describe('What to do now'),
});
export type JobBrief = z.output<typeof jobBriefSchema>;

export const jobResultSchema = jobBriefSchema.extend({
  result: z
    .unknown()
    .describe('The result of the job; for a command exitCode, signal, stdout and stderr. null: no result (yet)'),
  shortened: z.boolean().describe('Part of the result was left out because it is long'),
});

export function briefOf(job: Job): JobBrief {
  const { id, kind, label, state, cause, late, maxAttempts, progress, error, decision } = job;
  const { submittedAt, startedAt, finishedAt } = job;
  return {
    ...{ id, kind, label, state, cause, late, maxAttempts, error, submittedAt, startedAt, finishedAt },
    finished: isFinal(state),
    attempt: job.attempts.length,
    expectedFinishAt: job.expected.finishAt,
    deadlineAt: isFinal(state) ? null : (job.attempts.at(-1)?.deadlineAt ?? null),
    decision: decision?.sentence ?? null,
    progress: progress ?? null,
    next: nextStep(job),
  };
}

/** The brief with the result, shortened to about `maxBytes`. */
export function briefWithResult(job: Job, maxBytes: number): JobBrief & { result: unknown; shortened: boolean } {
  const { value, changed } = shortened(job.result ?? null, maxBytes);
  return { ...briefOf(job), result: value, shortened: changed };
}

function nextStep({ id, state, kind, error }: Job): string {
  if (state === 'succeeded') return 'Nothing: the job has succeeded. job_result has its result.';
  if (state === 'cancelled') return 'Nothing: the job was cancelled.';
  if (state === 'failed') {
    const advice = error?.advice === undefined ? '' : ` ${error.advice}`;
    return `The job has failed. Read error and ${kind === 'command' ? 'result (exitCode, stderr)' : 'result'}.${advice}`;
  }
  if (state === 'paused') return 'The job is paused. Ask again later.';
  return `The job has not finished. To wait for it, call job_result with id "${id}", more than once if needed. Do not submit it again. cancel_job stops it.`;
}

import { isFinal, jobErrorSchema, JOB_STATES, CAUSE_NAMES, type Job } from '@leeway/contract';
import { z } from 'zod';
import { shortened } from './shortened.js';

const isoTime = z.iso.datetime().nullable();

/** A job as a model needs it: what matters for the next step, without its input and its figures. */
export const jobBriefSchema = z.object({
  id: z.string(),
  kind: z.string(),
  label: z.string().nullable(),
  state: z.enum(JOB_STATES),
  finished: z.boolean().describe('False: it waits or runs'),
  cause: z.enum(CAUSE_NAMES).nullable().describe('Why it did not succeed, or why its last attempt did not'),
  late: z.boolean().describe('Slower than 19 of 20 runs like it. It goes on: only the deadline ends it'),
  attempt: z.int().describe('How many attempts it had; 0: none has begun'),
  maxAttempts: z.int(),
  expectedFinishAt: isoTime.describe('When half of the runs like it have ended; null: nothing learned yet'),
  deadlineAt: isoTime.describe('When the running attempt is ended; moves when the deadline is extended'),
  decision: z.string().nullable().describe('How the deadline was chosen, in words'),
  progress: z.unknown().describe('What the job itself told last'),
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
    .describe('What the job gave; of a command: exitCode, signal, stdout, stderr. null: nothing (yet)'),
  shortened: z.boolean().describe('Part of the result was left out of this answer, because it is long'),
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

/** With its result, as far as there is room for it. */
export function briefWithResult(job: Job, maxBytes: number): JobBrief & { result: unknown; shortened: boolean } {
  const { value, changed } = shortened(job.result ?? null, maxBytes);
  return { ...briefOf(job), result: value, shortened: changed };
}

function nextStep({ id, state, kind, error }: Job): string {
  if (state === 'succeeded') return `Nothing: it has ended. job_result has what it gave.`;
  if (state === 'cancelled') return 'Nothing: it was cancelled.';
  if (state === 'failed') {
    const advice = error?.advice === undefined ? '' : ` ${error.advice}`;
    return `It has failed; read error and ${kind === 'command' ? 'result (exitCode, stderr)' : 'result'}.${advice}`;
  }
  if (state === 'paused') return 'It is paused by somebody; ask again later.';
  return `It is not over. Call job_result with id "${id}" to wait for it, again and again if needed; do not submit it once more. cancel_job stops it.`;
}

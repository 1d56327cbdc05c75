import { z } from 'zod';
import { isoTime } from '../format/iso-time.js';
import { attemptSchema } from './attempt.js';
import { CAUSE_NAMES } from './cause.js';
import { decisionSchema } from './decision.js';
import { hintsSchema, PROFILES } from './hints.js';
import { waitingForSchema } from '../provider-state.js';
import { JOB_STATES } from './state.js';
import { progressSchema } from './stream.js';
import { budgetSchema, stepSchema } from './workflow-steps.js';
import { webhookStatusSchema } from './webhook-status.js';

export const jobErrorSchema = z.object({
  code: z.string(),
  message: z.string(),
  limitMs: z.number().optional(),
  elapsedMs: z.number().optional(),
  setBy: z.string().optional().describe('Origin of the limit: the submission, the estimator, the tier or the policy'),
  tier: z.string().optional().describe('Tier of the job'),
  stream: z.boolean().optional().describe('Column of the tier: with streaming or without'),
  advice: z.string().optional().describe('What to do about it'),
});
export type JobError = z.output<typeof jobErrorSchema>;

/** A job as the API shows it. */
export const jobSchema = z.object({
  id: z.string(),
  kind: z.string(),
  label: z.string().nullable(),
  tenant: z.string(),
  tier: z.string().describe('Tier of the key that submitted it'),
  stream: z.boolean().describe('Whether the streaming column of its tier applies'),
  class: z.string(),
  profile: z.enum(PROFILES),
  hints: hintsSchema,
  state: z.enum(JOB_STATES),
  cause: z.enum(CAUSE_NAMES).nullable(),
  waitingFor: waitingForSchema
    .nullable()
    .describe(
      'The provider that takes no calls now, which the job waits for; null: it only waits for a worker, or does not wait',
    ),
  late: z.boolean(),
  decision: decisionSchema
    .nullable()
    .describe('Decision of the latest attempt; before the first attempt, the estimate'),
  expected: z.object({
    startAt: isoTime.nullable(),
    finishAt: isoTime
      .nullable()
      .describe(
        'By then half of the runs like it have finished; for a running job, half of those that have run as long, so it is never in the past and never moves to an earlier time',
      ),
  }),
  attempts: z.array(attemptSchema),
  maxAttempts: z.int(),
  losses: z.int().describe('How often its worker was lost, without losses that it cannot have caused'),
  priority: z.int(),
  result: z.unknown(),
  error: jobErrorSchema.nullable(),
  progress: progressSchema.nullable().describe('The latest progress'),
  submittedAt: isoTime,
  startedAt: isoTime.nullable(),
  finishedAt: isoTime.nullable(),
  queuedMs: z.number().nullable().describe('Time from the submission (or the end of its delay) to the first start'),
  savedMs: z
    .number()
    .nullable()
    .describe('For a job that was ended: how much longer the static limit would have let it run'),
  workflow: z
    .object({ id: z.string(), step: z.string() })
    .nullable()
    .describe('For a step: its workflow, and its name there'),
  steps: z.array(stepSchema).nullable().describe('Only of a workflow'),
  budget: budgetSchema.nullable().describe('Only of a workflow'),
  webhook: webhookStatusSchema
    .nullable()
    .describe('The webhook of the submission and the state of its delivery; null: none'),
  input: z.unknown(),
  limits: z.record(z.string(), z.unknown()),
  metadata: z.record(z.string(), z.unknown()),
  links: z.object({ self: z.string(), events: z.string(), output: z.string(), cancel: z.string() }),
});
export type Job = z.output<typeof jobSchema>;

export const jobListSchema = z.object({ jobs: z.array(jobSchema), next: z.string().nullable() });
export type JobList = z.output<typeof jobListSchema>;

/** What a control call did. */
export const controlReplySchema = z.object({
  done: z
    .enum(['cancelled', 'killed', 'paused', 'resumed', 'retried', 'changed', 'already', 'too_late', 'requested'])
    .describe(
      'cancelled: it had not started, or it stopped when asked. killed: it was ended by force. paused: it is not given to a worker, or its processes are stopped. resumed: it waits or runs again. retried: it has new attempts. changed: the new limits apply. already: it was so before, nothing was done. too_late: it had ended. requested: its worker has not confirmed yet.',
    ),
  job: jobSchema,
});
export type ControlReply = z.output<typeof controlReplySchema>;

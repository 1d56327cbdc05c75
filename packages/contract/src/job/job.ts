import { z } from 'zod';
import { CAUSE_NAMES, OUTCOMES } from './cause.js';
import { decisionSchema } from './decision.js';
import { CLASS_MODES } from '../policy/estimator.js';
import { hintsSchema, PROFILES } from './hints.js';
import { waitingForSchema } from '../provider-state.js';
import { JOB_STATES } from './state.js';
import { budgetSchema, stepSchema } from '../workflow/step.js';
import { monitorSchema, phaseSchema, progressSchema, waitingSchema } from './stream.js';
import { webhookStatusSchema } from '../webhook/webhook.js';

const isoTime = z.iso.datetime().describe('UTC, ISO 8601');

/** One run of the job by one worker. */
export const attemptSchema = z.object({
  number: z.int(),
  worker: z.string(),
  startedAt: isoTime,
  endedAt: isoTime.nullable(),
  durationMs: z.number().nullable(),
  deadlineAt: isoTime.nullable().describe('When it is ended; moves when the deadline is extended'),
  allowedMs: z
    .number()
    .nullable()
    .describe(
      'How long it may take, or might have taken: the deadline of its decision and what extensions added. Pauses do not count',
    ),
  heartbeatAt: isoTime.nullable().describe('When its worker last vouched for it'),
  outcome: z.enum(OUTCOMES).nullable(),
  cause: z.enum(CAUSE_NAMES).nullable(),
  decision: decisionSchema.nullable(),
  partial: z.boolean().describe('Output of an attempt that was ended; kept, not merged with later attempts'),
  waiting: waitingSchema.nullable().describe('It waits for a person; null: it does not'),
  phase: phaseSchema.nullable().describe('The phase it is in, or was in last; null: it has none'),
  monitor: monitorSchema.nullable().describe('What its stream told; null: it was not read'),
});
export type Attempt = z.output<typeof attemptSchema>;

export const jobErrorSchema = z.object({
  code: z.string(),
  message: z.string(),
  limitMs: z.number().optional(),
  elapsedMs: z.number().optional(),
  setBy: z.string().optional().describe('Who set the limit: the submission, the estimator, the tier or the policy'),
  tier: z.string().optional().describe('The tier it ran under'),
  stream: z.boolean().optional().describe('Which column of the tier held: with streaming or without'),
  advice: z.string().optional().describe('What to do about it'),
});
export type JobError = z.output<typeof jobErrorSchema>;

/** A job as the API shows it. */
export const jobSchema = z.object({
  id: z.string(),
  kind: z.string(),
  label: z.string().nullable(),
  tenant: z.string(),
  tier: z.string().describe('Of the key that submitted it'),
  stream: z.boolean().describe('Whether the streaming column of its tier holds'),
  class: z.string(),
  profile: z.enum(PROFILES),
  hints: hintsSchema,
  state: z.enum(JOB_STATES),
  cause: z.enum(CAUSE_NAMES).nullable(),
  waitingFor: waitingForSchema
    .nullable()
    .describe(
      'The provider that takes no calls now, while the job waits for it; null: it waits for nothing but a worker',
    ),
  late: z.boolean(),
  decision: decisionSchema.nullable().describe('Of the latest attempt; before the first, the quote'),
  expected: z.object({
    startAt: isoTime.nullable(),
    finishAt: isoTime
      .nullable()
      .describe(
        'Half of the runs like it are over by then. While it runs: of those that have got this far, so it lies ahead and never moves back',
      ),
  }),
  attempts: z.array(attemptSchema),
  maxAttempts: z.int(),
  losses: z.int().describe('Times a worker was lost under it, but for losses that it had no part in'),
  priority: z.int(),
  result: z.unknown(),
  error: jobErrorSchema.nullable(),
  progress: progressSchema.nullable().describe('The newest report of progress'),
  submittedAt: isoTime,
  startedAt: isoTime.nullable(),
  finishedAt: isoTime.nullable(),
  queuedMs: z.number().nullable().describe('From submission (or the end of its delay) to the first start'),
  savedMs: z.number().nullable().describe('For a job that was ended: what the static limit would have waited longer'),
  workflow: z
    .object({ id: z.string(), step: z.string() })
    .nullable()
    .describe('The workflow that this job is a step of, and its name there'),
  steps: z.array(stepSchema).nullable().describe('Of a workflow; null for any other job'),
  budget: budgetSchema.nullable().describe('Of a workflow; null for any other job'),
  webhook: webhookStatusSchema.nullable().describe('Who is told when it ends, and how far that is; null: nobody'),
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
      'cancelled: it had not started, or stopped when asked. killed: it had to be ended by force. paused: it is parked, or its processes stand still. resumed: it waits or runs again. retried: it has new attempts. changed: the new limits hold. already: it was so before, nothing was done. too_late: it had ended. requested: its worker has been told and has not confirmed yet.',
    ),
  job: jobSchema,
});
export type ControlReply = z.output<typeof controlReplySchema>;

export const workerSchema = z.object({
  id: z.string(),
  host: z.string(),
  pid: z.int(),
  version: z.string(),
  kinds: z.array(z.string()),
  concurrency: z.int(),
  running: z.int(),
  abandoned: z.int().describe('Handlers that ignored their abort and still hold resources'),
  treeKill: z
    .enum(['full', 'group'])
    .describe('full: what escapes its process group is found and ended too (Linux). group: only the group'),
  startedAt: isoTime,
  lastSeenAt: isoTime,
  state: z.enum(['active', 'draining', 'lost']),
});
export type WorkerInfo = z.output<typeof workerSchema>;

/** What a shadow of a class would have done so far. */
export const shadowRecordSchema = z.object({
  name: z.string().describe('learned: the active policy, where static limits act. Else the name of the candidate'),
  deadlineMs: z.number().nullable().describe('What a job that starts now would get; null: it does not run now'),
  judged: z.int().describe('Jobs that turned out to be healthy while it ran'),
  falseKills: z
    .int()
    .describe(
      'Those of them whose first attempt it would have ended. Asking again at expiry is not counted in, so it might have spared some',
    ),
  falseKillRate: z.number().nullable(),
  actingFalseKills: z.int().describe('Those of them whose first attempt the deadline in force has ended'),
  hung: z.int().describe('Attempts that hung while it ran'),
  hangDetection: z
    .number()
    .nullable()
    .describe(
      'Time that it would have allowed those, over the time they had: below 1 it would have ended them earlier',
    ),
});
export type ShadowRecord = z.output<typeof shadowRecordSchema>;

export const classSchema = z.object({
  class: z.string(),
  tenant: z.string(),
  level: z.string().nullable().describe('The level of the class that the deadline is made from'),
  basis: decisionSchema.shape.basis.describe('Where the deadline comes from, as in a decision'),
  samples: z.int().describe('Results of the class itself'),
  censored: z.int(),
  p50Ms: z.number().nullable(),
  p95Ms: z.number().nullable(),
  deadlineMs: z.number().describe('That a job of it would get now'),
  sentence: z.string().describe('Why, in words'),
  loadFactor: z.number(),
  succeeded: z.int(),
  failed: z.int(),
  killed: z.int(),
  falseKills: z.int().describe('Deadline kills whose retry succeeded after running longer than the killed deadline'),
  falseKillRate: z.number().nullable(),
  mode: z.enum(CLASS_MODES).describe('What learned deadlines may do for it: off and shadow leave it to static limits'),
  recentFalseKillRate: z
    .number()
    .nullable()
    .describe('Share of the newest results that show that a kill was wrong; null: no results yet'),
  falseKillAlarm: z
    .boolean()
    .describe(
      'That share is above what the policy allows: static limits hold where they are longer, until it has fallen',
    ),
  override: z.string().nullable().describe('The rule that replaces the learned deadline now, if one does'),
  shadows: z.array(shadowRecordSchema).describe('What runs in shadow, or has run'),
  running: z.int(),
  lastAt: isoTime.nullable(),
  recentMs: z.array(z.number()).describe('The newest durations, oldest first'),
  deadlines: z
    .array(z.object({ at: isoTime, deadlineMs: z.number(), durationMs: z.number(), censored: z.boolean() }))
    .describe('The newest attempts: what they took and what they were allowed'),
});
export type ClassInfo = z.output<typeof classSchema>;

/** An event of a job, as server-sent events deliver it. */
export const eventSchema = z.object({
  id: z.string(),
  type: z.enum([
    'submitted',
    'started',
    'output',
    'progress',
    'extended',
    'phase',
    'monitor',
    'marker',
    'waiting',
    'late',
    'attempt_ended',
    'retrying',
    'lost',
    'released',
    'deferred',
    'cancel_requested',
    'pause_requested',
    'paused',
    'resumed',
    'limits_changed',
    'step_queued',
    'step_started',
    'step_extended',
    'step_ended',
    'retried',
    'finished',
    'webhook_ended',
  ]),
  at: isoTime,
  attempt: z.int().nullable(),
  data: z.unknown(),
});
export type JobEvent = z.output<typeof eventSchema>;
export type JobEventType = JobEvent['type'];

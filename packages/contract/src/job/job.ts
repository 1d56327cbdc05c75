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
  deadlineAt: isoTime.nullable().describe('When it is ended; changes when the deadline is extended'),
  allowedMs: z
    .number()
    .nullable()
    .describe(
      'How long it may take, or could have taken: the deadline of its decision with all extensions, without pauses',
    ),
  heartbeatAt: isoTime.nullable().describe('The last heartbeat of its worker for it'),
  outcome: z.enum(OUTCOMES).nullable(),
  cause: z.enum(CAUSE_NAMES).nullable(),
  decision: decisionSchema.nullable(),
  partial: z.boolean().describe('The attempt was ended; its output is kept and not merged with that of later attempts'),
  waiting: waitingSchema.nullable().describe('It waits for a person; null: it does not'),
  phase: phaseSchema.nullable().describe('Its current or last phase; null: it has no phases'),
  monitor: monitorSchema
    .nullable()
    .describe('What the monitor has read in its output; null: the output is not monitored'),
});
export type Attempt = z.output<typeof attemptSchema>;

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

export const workerSchema = z.object({
  id: z.string(),
  host: z.string(),
  pid: z.int(),
  version: z.string(),
  kinds: z.array(z.string()),
  concurrency: z.int(),
  running: z.int(),
  abandoned: z.int().describe('Handlers that ignored their abort signal and still use resources'),
  treeKill: z
    .enum(['full', 'group'])
    .describe(
      'full: processes that leave the process group of their command are ended, too (Linux). group: only the group',
    ),
  startedAt: isoTime,
  lastSeenAt: isoTime,
  state: z.enum(['active', 'draining', 'lost']),
});
export type WorkerInfo = z.output<typeof workerSchema>;

/** How a shadow of a class would have done so far. */
export const shadowRecordSchema = z.object({
  name: z
    .string()
    .describe('learned: the active policy, while static limits apply. Otherwise the name of the candidate policy'),
  deadlineMs: z.number().nullable().describe('Deadline of a job that starts now; null: the shadow does not run now'),
  judged: z.int().describe('Healthy jobs that it was compared with'),
  falseKills: z
    .int()
    .describe(
      'Healthy jobs whose first attempt it would have ended. Extensions are not counted, so it could have spared some',
    ),
  falseKillRate: z.number().nullable(),
  actingFalseKills: z.int().describe('Healthy jobs whose first attempt the real deadline has ended'),
  hung: z.int().describe('Attempts that hung while it ran'),
  hangDetection: z
    .number()
    .nullable()
    .describe(
      'Time that it would have allowed hung attempts, divided by the time that they had; below 1 it would have ended them earlier',
    ),
});
export type ShadowRecord = z.output<typeof shadowRecordSchema>;

export const classSchema = z.object({
  class: z.string(),
  tenant: z.string(),
  level: z.string().nullable().describe('The level of the class that the deadline is based on'),
  basis: decisionSchema.shape.basis.describe('Basis of the deadline, as in a decision'),
  samples: z.int().describe('Number of results of the class itself'),
  censored: z.int(),
  p50Ms: z.number().nullable(),
  p95Ms: z.number().nullable(),
  deadlineMs: z.number().describe('Deadline that the next job of this class would get'),
  sentence: z.string().describe('The reason, as a sentence'),
  loadFactor: z.number(),
  succeeded: z.int(),
  failed: z.int(),
  killed: z.int(),
  falseKills: z
    .int()
    .describe('Attempts that a deadline ended and whose retry then succeeded after running longer than that deadline'),
  falseKillRate: z.number().nullable(),
  mode: z.enum(CLASS_MODES).describe('on: learned deadlines apply. off, shadow: static limits apply'),
  recentFalseKillRate: z
    .number()
    .nullable()
    .describe('Share of the newest results in which a deadline ended healthy work; null: no results yet'),
  falseKillAlarm: z
    .boolean()
    .describe(
      'That share is above the limit of the policy: static limits apply where they are longer, until it has fallen',
    ),
  override: z.string().nullable().describe('The rule that replaces the learned deadline now; null: none'),
  shadows: z.array(shadowRecordSchema).describe('Shadows that run now or have run'),
  running: z.int(),
  lastAt: isoTime.nullable(),
  recentMs: z.array(z.number()).describe('The latest durations, oldest first'),
  deadlines: z
    .array(z.object({ at: isoTime, deadlineMs: z.number(), durationMs: z.number(), censored: z.boolean() }))
    .describe('The latest attempts: their duration and their deadline'),
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

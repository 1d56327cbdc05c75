import { z } from 'zod';
import { isoTime } from './format/iso-time.js';
import { decisionSchema } from './job/decision.js';
import { CLASS_MODES } from './policy/estimator.js';

/** Record of a shadow of a class. */
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

/** A class as the API shows it. */
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

import { z } from 'zod';
import { durationText } from '../format/duration.js';
import { PROFILES } from './hints.js';

/** A limit that shortened or lengthened the answer of the estimator. */
export const capSchema = z.object({
  name: z.enum([
    'floor',
    'cold_floor',
    'explicit',
    'backstop',
    'tier',
    'policy_max',
    'overall',
    'mode',
    'share',
    'budget',
    'complete_by',
    'retry',
    'slow_runs',
    'rate_of_change',
    'unended',
    'hang_bound',
    'phases',
  ]),
  limitMs: z.number(),
  /** True for the one that decided the value. */
  bit: z.boolean(),
});
export type Cap = z.infer<typeof capSchema>;

/** What another policy would have chosen; it had no effect. */
export const shadowSchema = z.object({
  name: z.string().describe('learned: the active policy, where static limits act. Else the name of the candidate.'),
  deadlineMs: z.number(),
});
export type Shadow = z.infer<typeof shadowSchema>;

/**
 * How a deadline was chosen, stored with the attempt and shown everywhere. All durations in milliseconds.
 */
export const decisionSchema = z.object({
  deadlineMs: z.number().describe('The attempt is ended after this long.'),
  hardCapMs: z.number().describe('No extension goes beyond this.'),
  expectedMs: z
    .number()
    .nullable()
    .describe('Half of the runs like it take no longer (p50); null: nothing learned yet.'),
  lateMs: z
    .number()
    .nullable()
    .describe(
      '19 of 20 runs like it take no longer (p95); past it the attempt is late, which is shown and never kills.',
    ),
  queueMs: z
    .number()
    .nullable()
    .optional()
    .describe('Half of the jobs like it waited no longer for a worker; null: not known. Shown, never a limit.'),
  firstOutputMs: z.number().nullable().describe('The first output has to come within this; null: no such clock.'),
  startUpMs: z
    .number()
    .optional()
    .describe(
      'So much of firstOutputMs is for a start: nothing like it has run on this worker lately. Absent: it has.',
    ),
  idleMs: z.number().nullable().describe('The longest silence between two outputs; null: no such clock.'),
  toolMs: z.number().nullable().describe('The longest silence while a tool runs; null: no such clock.'),
  basis: z
    .enum(['explicit', 'no_timeout', 'history', 'borrowed', 'prior', 'static'])
    .describe(
      'explicit: the submission named it. no_timeout: the submission asked for none, so silence ends it, or else the longest attempt that the policy allows. history: the class has enough results of its own. borrowed: a more general level has. prior: nothing known, the policy default. static: the fixed limit of the policy holds, because history could not be read or because of the override.',
    ),
  level: z
    .string()
    .nullable()
    .describe(
      'The level of the class that the figures come from. With the basis prior: the work of all tenants that says what is expected.',
    ),
  samples: z
    .number()
    .int()
    .describe('Results that level holds; without a level, those that there are so far, too few to judge by.'),
  censored: z.number().int().describe('How many of those are only known to be longer than their value.'),
  quantile: z.number().nullable().describe('Which quantile of those results the deadline is a multiple of.'),
  baseMs: z
    .number()
    .nullable()
    .describe('That quantile in milliseconds, before margin and load factor; null: nothing learned yet.'),
  ratio: z
    .number()
    .optional()
    .describe(
      'baseMs is so many times the quantile of the level, by the few results of the class itself and those of work like it; absent: 1.',
    ),
  margin: z.number().nullable().describe('The deadline is this many times baseMs and the load factor, before caps.'),
  profile: z
    .object({ name: z.enum(PROFILES), margin: z.number() })
    .optional()
    .describe('What the submission prefers, and what that makes of the margin; absent: balanced.'),
  loadFactor: z.number().describe('How much slower than usual this work runs right now; 1 = as usual.'),
  loadEvidence: z.string().nullable().describe('What the load factor was measured from.'),
  workerFactor: z
    .number()
    .optional()
    .describe(
      'The worker that runs it takes so many times as long as the others, by its newest results, so it gets as much more; absent: it does not.',
    ),
  confidence: z.number().min(0).max(1).describe('0: a guess, 1: many results and deadlines that held.'),
  caps: z.array(capSchema),
  override: z.string().nullable().describe('The rule that replaced the estimate, if one did.'),
  shadows: z
    .array(shadowSchema)
    .optional()
    .describe('What runs beside it without any effect, to be judged by how the attempt ends; absent: nothing.'),
  policyVersion: z.string(),
  sentence: z.string().describe('The decision in words.'),
});
export type Decision = z.infer<typeof decisionSchema>;

/** Whether only silence ends it, and else the backstop: no timeout was asked for, and no other limit comes before. */
export function isWithoutTimeout({ caps }: Pick<Decision, 'caps'>): boolean {
  return caps.some(({ name, bit }) => name === 'backstop' && bit);
}

/** How long an attempt may take, in words. */
export function allowedText(decision: Pick<Decision, 'caps' | 'deadlineMs'>): string {
  return isWithoutTimeout(decision) ? 'no timeout' : durationText(decision.deadlineMs);
}

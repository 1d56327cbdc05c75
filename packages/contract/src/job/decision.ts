import { z } from 'zod';
import { durationText } from '../format/duration.js';
import { PROFILES } from './hints.js';

/** A limit that shortens or lengthens the estimate. */
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
  /** True for the limit that decided the value. */
  bit: z.boolean(),
});
export type Cap = z.infer<typeof capSchema>;

/** The deadline that another policy would have chosen; it has no effect. */
export const shadowSchema = z.object({
  name: z
    .string()
    .describe('learned: the active policy, while static limits apply. Otherwise the name of the candidate policy.'),
  deadlineMs: z.number(),
});
export type Shadow = z.infer<typeof shadowSchema>;

/** How a deadline was chosen; stored with the attempt. All durations in milliseconds. */
export const decisionSchema = z.object({
  deadlineMs: z.number().describe('The attempt is ended after this time.'),
  hardCapMs: z.number().describe('The longest deadline that extensions can reach.'),
  expectedMs: z.number().nullable().describe('Half of the runs like it take no longer (p50); null: no history yet.'),
  lateMs: z
    .number()
    .nullable()
    .describe(
      '19 of 20 runs like it take no longer (p95); after that the attempt is shown as late, which does not end it.',
    ),
  queueMs: z
    .number()
    .nullable()
    .optional()
    .describe('Half of the jobs like it wait no longer for a worker; null: unknown. Not a limit.'),
  firstOutputMs: z.number().nullable().describe('Time allowed for the first output; null: no limit.'),
  startUpMs: z
    .number()
    .optional()
    .describe(
      'The part of firstOutputMs for starting up, because nothing like it has run on this worker recently; absent: it has.',
    ),
  idleMs: z.number().nullable().describe('The longest silence between two outputs; null: no limit.'),
  toolMs: z.number().nullable().describe('The longest silence during a tool call; null: no limit.'),
  basis: z
    .enum(['explicit', 'no_timeout', 'history', 'borrowed', 'prior', 'static'])
    .describe(
      'explicit: timeoutMs of the submission. no_timeout: the submission wants no timeout, so only silence or the longest attempt of the policy ends it. history: enough results of the class itself. borrowed: results of a more general level. prior: no history, the default of the policy. static: the fixed limit of the policy, because history could not be read or because of the override.',
    ),
  level: z
    .string()
    .nullable()
    .describe(
      'The level of the class that the figures come from. With the basis prior: the shared history of all tenants behind expectedMs.',
    ),
  samples: z
    .number()
    .int()
    .describe('Number of results of that level; without a level, of the class, too few for an estimate.'),
  censored: z.number().int().describe('How many of these are only known to be longer than their value.'),
  quantile: z.number().nullable().describe('The quantile of these results that the deadline is a multiple of.'),
  baseMs: z
    .number()
    .nullable()
    .describe('That quantile in milliseconds, before margin and load factor; null: no history yet.'),
  ratio: z
    .number()
    .optional()
    .describe(
      'baseMs divided by the quantile of the level, from the few results of the class itself and of similar work; absent: 1.',
    ),
  margin: z.number().nullable().describe('The deadline is baseMs times the load factor times this, before caps.'),
  profile: z
    .object({ name: z.enum(PROFILES), margin: z.number() })
    .optional()
    .describe('The profile of the submission, and its effect on the margin; absent: balanced.'),
  loadFactor: z.number().describe('How much slower than usual this work runs right now; 1: as usual.'),
  loadEvidence: z.string().nullable().describe('The measurement behind the load factor.'),
  workerFactor: z
    .number()
    .optional()
    .describe(
      'How many times longer than others this worker takes, by its newest results; the deadline is longer by that factor. Absent: no longer.',
    ),
  confidence: z.number().min(0).max(1).describe('0: a guess. 1: many results, and deadlines that were right.'),
  caps: z.array(capSchema),
  override: z.string().nullable().describe('The rule that replaced the estimate; null: none.'),
  shadows: z
    .array(shadowSchema)
    .optional()
    .describe(
      'Deadlines of other policies without any effect, to be compared with the end of the attempt; absent: none.',
    ),
  policyVersion: z.string(),
  sentence: z.string().describe('The decision as a sentence.'),
});
export type Decision = z.infer<typeof decisionSchema>;

/** Whether only silence or the backstop ends it: the submission wants no timeout, and no other limit comes first. */
export function isWithoutTimeout({ caps }: Pick<Decision, 'caps'>): boolean {
  return caps.some(({ name, bit }) => name === 'backstop' && bit);
}

/** The deadline of an attempt, for people. */
export function allowedText(decision: Pick<Decision, 'caps' | 'deadlineMs'>): string {
  return isWithoutTimeout(decision) ? 'no timeout' : durationText(decision.deadlineMs);
}

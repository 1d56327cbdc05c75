import { z } from 'zod';
import { CAUSE_NAMES } from '../job/cause.js';
import { JOB_STATES } from '../job/state.js';

/** Where a step of a workflow is: waits for the steps it needs, is a job, or never became one. */
export const STEP_STATES = ['waiting', ...JOB_STATES, 'skipped'] as const;
export type StepState = (typeof STEP_STATES)[number];

const isoTime = z.iso.datetime();

/** A step of a workflow, as the workflow shows it. */
export const stepSchema = z.object({
  name: z.string(),
  kind: z.string(),
  class: z.string(),
  needs: z.array(z.string()),
  critical: z.boolean(),
  onFailure: z.enum(['fail', 'continue']),
  state: z
    .enum(STEP_STATES)
    .describe(
      'waiting: for the steps it needs. skipped: the workflow ended before it began. Else the state of its job',
    ),
  cause: z.enum(CAUSE_NAMES).nullable(),
  job: z.string().nullable().describe('Its job; null before there is one'),
  share: z
    .number()
    .describe('Its part of the whole time; it gets that much or more if the steps before it keep theirs'),
  allocationMs: z
    .number()
    .nullable()
    .describe('What it may use, as decided when it started, with all extensions; null: not started'),
  usedMs: z.number().nullable().describe('What its attempts took together; null: not over'),
  startedAt: isoTime.nullable().describe('When its latest attempt began'),
  endedAt: isoTime.nullable(),
});
export type StepInfo = z.output<typeof stepSchema>;

/** The time of a workflow. */
export const budgetSchema = z.object({
  mode: z.string().nullable(),
  totalMs: z.number().describe('For all of it; steps that run side by side spend the same time'),
  spentMs: z.number().describe('Time in which a step was at work, up to `workingSince`'),
  workingSince: isoTime.nullable().describe('A step has been at work since then; null: none is'),
});
export type Budget = z.output<typeof budgetSchema>;

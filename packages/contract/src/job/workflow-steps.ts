import { z } from 'zod';
import { isoTime } from '../format/iso-time.js';
import { CAUSE_NAMES } from './cause.js';
import { JOB_STATES } from './state.js';

/** The state of a step: it waits for the steps that it needs, has a job with a state, or was skipped. */
export const STEP_STATES = ['waiting', ...JOB_STATES, 'skipped'] as const;
export type StepState = (typeof STEP_STATES)[number];

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
      'waiting: for the steps that it needs. skipped: the workflow ended before it started. Otherwise the state of its job',
    ),
  cause: z.enum(CAUSE_NAMES).nullable(),
  job: z.string().nullable().describe('Id of its job; null: not submitted yet'),
  share: z
    .number()
    .describe('Its share of the total time; it gets that much or more if the steps before it keep to their shares'),
  allocationMs: z
    .number()
    .nullable()
    .describe('The time that it may use, decided at its start, with all extensions; null: not started'),
  usedMs: z.number().nullable().describe('The time of all its attempts; null: not ended'),
  startedAt: isoTime.nullable().describe('Start of its latest attempt'),
  endedAt: isoTime.nullable(),
});
export type StepInfo = z.output<typeof stepSchema>;

/** The time of a workflow. */
export const budgetSchema = z.object({
  mode: z.string().nullable(),
  totalMs: z.number().describe('For the whole workflow; parallel steps use the same time'),
  spentMs: z.number().describe('Time in which at least one step ran, up to `workingSince`'),
  workingSince: isoTime.nullable().describe('At least one step has been running since then; null: none is running'),
});
export type Budget = z.output<typeof budgetSchema>;

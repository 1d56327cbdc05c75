import {
  attemptSchema,
  classSchema,
  controlReplySchema,
  decisionSchema,
  ENVIRONMENTS,
  eventSchema,
  jobListSchema,
  jobSchema,
  providerStateSchema,
  workerSchema,
} from '@leeway/contract';
import { z } from 'zod';

/** The body of every refusal (RFC 9457). */
export const problemSchema = z.object({
  type: z.string().describe('Where the code is documented'),
  title: z.string(),
  status: z.int(),
  code: z.string().describe('Stable: decide by this one'),
  detail: z.string().describe('What happened, with the facts'),
  advice: z.string().describe('What to do about it'),
  requestId: z.string().describe('For the operator, who can find it in the log'),
  errors: z
    .array(z.object({ path: z.string().describe('JSON pointer into the request'), message: z.string() }))
    .optional()
    .describe('The problems of the request, field by field'),
});

export const estimateSchema = z.object({
  class: z.string().describe('Class of the job: which earlier runs it is compared with'),
  decision: decisionSchema,
  expected: z
    .object({ startAt: z.iso.datetime().nullable(), finishAt: z.iso.datetime().nullable() })
    .describe('If a worker took it at once'),
  steps: z
    .array(
      z.object({
        name: z.string(),
        class: z.string().describe('Class of the step'),
        share: z.number().describe('Its share of the time of the workflow; along the heaviest path they add up to 1'),
        decision: decisionSchema.describe(
          'As for a job of its own; the time left to the workflow caps it when it starts',
        ),
      }),
    )
    .optional()
    .describe('Only of a workflow: each step, in the order of the submission'),
});

export const outputSchema = z.object({
  chunks: z.array(
    z.object({
      attempt: z.int(),
      stream: z.enum(['stdout', 'stderr', 'text']),
      text: z.string(),
      at: z.iso.datetime(),
    }),
  ),
  truncated: z.boolean().describe('Some of the output was not stored, because of its size'),
});

export const batchReplySchema = z.object({
  results: z
    .array(
      z.union([
        z.object({ status: z.literal(202), job: jobSchema }),
        z.object({ status: z.int(), error: problemSchema }),
      ]),
    )
    .describe('In the order of the submissions'),
});

export const retriedSchema = z.object({
  retried: z.array(z.string()).describe('Jobs that have new attempts now'),
  left: z.array(z.string()).describe('Jobs that match and were not changed'),
  next: z.string().nullable().describe('`cursor` of the next call; null: there are no more'),
});
export const classesSchema = z.object({ classes: z.array(classSchema) });
export const providersSchema = z.object({ providers: z.array(providerStateSchema) });
export const resumedProviderSchema = z.object({
  done: z
    .enum(['resumed', 'already'])
    .describe('resumed: its jobs run again. already: the provider was open before; nothing was done'),
  provider: providerStateSchema,
});
export const workersSchema = z.object({ workers: z.array(workerSchema) });
const layersSchema = z.object({
  callMs: z.number().nullable().describe('One call to a model that has not answered yet'),
  retries: z.int().describe('How often such a call may be repeated'),
  backoffMs: z.number().describe('All pauses before those repeats, at their longest'),
  stepMs: z.number().nullable().describe('One model with all its calls'),
  attemptMs: z.number().nullable(),
  overallMs: z.number().nullable().describe('All attempts and the pauses between them'),
});
export const tiersSchema = z.object({
  environment: z.enum(ENVIRONMENTS),
  yours: z.string().describe('Your tier'),
  tiers: z.array(
    z.object({
      name: z.string(),
      clientWaitMs: z
        .number()
        .nullable()
        .describe('Silence between two messages after which clients of this tier give up'),
      phaseMs: z.number().nullable().describe('Longest phase of a streamed response'),
      maxPriority: z.int(),
      allowsNoTimeout: z.boolean().describe('Whether jobs may have no timeout'),
      plain: layersSchema.describe('Without streaming, from the inside out; null: no limit of the tier'),
      streaming: layersSchema.describe('With streaming'),
    }),
  ),
});
export const versionSchema = z.object({
  name: z.literal('leeway'),
  version: z.string(),
  node: z.string(),
  policyVersion: z.string().describe('Version of the effective policy'),
  policyWaits: z.array(z.string()).describe('Changed sections of its file that apply from the next start on'),
  policyRefused: z.boolean().describe('Its file is invalid now and was not loaded: see the log'),
});
export const healthSchema = z.object({ status: z.literal('ok') });
export const readySchema = z.object({ status: z.literal('ready'), store: z.literal('up') });

/** Where the OpenAPI document has the schema of a submission. */
export const SUBMISSION_REFERENCE = { $ref: '#/components/schemas/Submission' };

/** Schemas that have a name of their own in the OpenAPI document. */
export const NAMED_SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  Attempt: attemptSchema,
  BatchReply: batchReplySchema,
  Class: classSchema,
  ControlReply: controlReplySchema,
  Decision: decisionSchema,
  Estimate: estimateSchema,
  Event: eventSchema,
  Job: jobSchema,
  JobList: jobListSchema,
  Output: outputSchema,
  Problem: problemSchema,
  Provider: providerStateSchema,
  Tiers: tiersSchema,
  Worker: workerSchema,
};

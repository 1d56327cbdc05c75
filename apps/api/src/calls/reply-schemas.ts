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

/** What goes wrong, as every refusal says it (RFC 9457). */
export const problemSchema = z.object({
  type: z.string().describe('Where the code is explained'),
  title: z.string(),
  status: z.int(),
  code: z.string().describe('Stable; branch on this one'),
  detail: z.string().describe('What happened, with the facts'),
  advice: z.string().describe('What to do about it'),
  requestId: z.string().describe('For the operator, who finds it in the log'),
  errors: z
    .array(z.object({ path: z.string().describe('JSON pointer into the request'), message: z.string() }))
    .optional()
    .describe('What is wrong with the request, field by field'),
});

export const estimateSchema = z.object({
  class: z.string().describe('What the job would be compared with'),
  decision: decisionSchema,
  expected: z
    .object({ startAt: z.iso.datetime().nullable(), finishAt: z.iso.datetime().nullable() })
    .describe('If a worker took it at once'),
  steps: z
    .array(
      z.object({
        name: z.string(),
        class: z.string().describe('What the step would be compared with'),
        share: z.number().describe('Its part of the time of the workflow; along the heaviest path they add up to 1'),
        decision: decisionSchema.describe('As for a job of its own; what is left of the whole caps it when it starts'),
      }),
    )
    .optional()
    .describe('Of a workflow: each step, in the order of the submission; absent: it is none'),
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
  truncated: z.boolean().describe('Some of it was not stored, for its size'),
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
  left: z.array(z.string()).describe('Jobs that fit and were left as they are'),
  next: z.string().nullable().describe('Where to go on, as `cursor`; null: there are no more'),
});
export const classesSchema = z.object({ classes: z.array(classSchema) });
export const providersSchema = z.object({ providers: z.array(providerStateSchema) });
export const resumedProviderSchema = z.object({
  done: z.enum(['resumed', 'already']).describe('resumed: its jobs go on. already: they did before, nothing was done.'),
  provider: providerStateSchema,
});
export const workersSchema = z.object({ workers: z.array(workerSchema) });
const layersSchema = z.object({
  callMs: z.number().nullable().describe('One call to a model that has not answered yet'),
  retries: z.int().describe('So often such a call may be repeated'),
  backoffMs: z.number().describe('All pauses before those repeats, at their longest'),
  stepMs: z.number().nullable().describe('One model with all its calls'),
  attemptMs: z.number().nullable(),
  overallMs: z.number().nullable().describe('All attempts and the pauses between them'),
});
export const tiersSchema = z.object({
  environment: z.enum(ENVIRONMENTS),
  yours: z.string().describe('The tier of whoever asks'),
  tiers: z.array(
    z.object({
      name: z.string(),
      clientWaitMs: z.number().nullable().describe('Silence between two messages after which a client gives up'),
      phaseMs: z.number().nullable().describe('Longest phase of a streamed answer'),
      maxPriority: z.int(),
      allowsNoTimeout: z.boolean().describe('Whether a job may ask for no timeout at all'),
      plain: layersSchema.describe('Without streaming, from the inside out; null: no limit of the tier'),
      streaming: layersSchema.describe('With streaming'),
    }),
  ),
});
export const versionSchema = z.object({
  name: z.literal('leeway'),
  version: z.string(),
  node: z.string(),
  policyVersion: z.string().describe('Of the policy in force'),
  policyWaits: z.array(z.string()).describe('Sections of its file whose change holds from the next start on'),
  policyRefused: z.boolean().describe('Its file, as it is now, is wrong and was not taken: see the log'),
});
export const healthSchema = z.object({ status: z.literal('ok') });
export const readySchema = z.object({ status: z.literal('ready'), store: z.literal('up') });

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

import { controlReplySchema, describeIssues, knownFields, LeewayError, type Policy } from '@leeway/contract';
import { z } from 'zod';
import { controlJob, confirmWithinMs } from './control-job.js';
import { defineRoute } from '../../calls/route.js';

function bodySchema(policy: Policy) {
  return z.strictObject({
    attempts: z
      .int()
      .min(1)
      .max(policy.limits.maxAttempts)
      .optional()
      .describe('How many new attempts it gets; absent: as many as the policy gives a job'),
  });
}

export const retryJob = defineRoute({
  method: 'POST',
  path: '/v1/jobs/{id}/retry',
  name: 'retryJob',
  group: 'Jobs',
  summary: 'Try a failed or cancelled job again',
  description:
    'The job keeps its id, its earlier attempts and its last checkpoint, and gets new attempts and a new overall limit; its losses of workers stay counted. `completeBy` stays: once it has passed the answer is `too_late`. A job that waits or runs is left alone; one that succeeded cannot be tried again: 409.',
  scope: 'control',
  params: { id: 'Id of the job' },
  body: { schema: bodySchema, optional: true, example: { attempts: 1 } },
  replies: { 200: { description: 'What was done', schema: controlReplySchema } },
  errors: ['job_not_found', 'conflict', 'outcome_unknown'],
  async handle(call, services) {
    const attempts = attemptsOf(call.body, services.policy);
    return controlJob(call, services, {
      control: 'retry',
      ask: (id) => services.queue.retry(id, attempts),
      confirmed: () => undefined,
      waitMs: confirmWithinMs(services),
    });
  },
});

function attemptsOf(body: unknown, policy: Policy): number | undefined {
  if (body === undefined) return undefined;
  const schema = bodySchema(policy);
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data.attempts;
  const errors = describeIssues(parsed.error, body, (path) => knownFields(schema, path));
  throw new LeewayError(
    'invalid_request',
    errors.map((error) => `${error.path || 'body'}: ${error.message}`).join('; '),
    { errors },
  );
}

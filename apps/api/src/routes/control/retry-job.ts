import { controlReplySchema } from '@leeway/contract';
import { z } from 'zod';
import { defineRoute } from '../../calls/route.js';
import { confirmWithinMs, controlJob } from './control-job.js';

export const retryJob = defineRoute({
  method: 'POST',
  path: '/v1/jobs/{id}/retry',
  name: 'retryJob',
  group: 'Jobs',
  summary: 'Try a failed or cancelled job again',
  description:
    'The job keeps its id, its earlier attempts and its last checkpoint, and gets new attempts and a new overall limit; its lost workers stay counted. `completeBy` stays: once it has passed, the reply is `too_late`. A job that waits or runs is not changed. A job that succeeded cannot be tried again, and a step of a workflow only together with its workflow: 409.',
  scope: 'control',
  params: { id: 'Id of the job' },
  body: {
    schema: ({ limits }) =>
      z.strictObject({
        attempts: z
          .int()
          .min(1)
          .max(limits.maxAttempts)
          .optional()
          .describe('How many new attempts it gets; absent: `limits.attempts` of the policy'),
      }),
    optional: true,
    example: { attempts: 1 },
  },
  replies: { 200: { description: 'What was done', schema: controlReplySchema } },
  errors: ['job_not_found', 'conflict', 'outcome_unknown'],
  async handle(call, services) {
    const { attempts } = call.body;
    return controlJob(call, services, {
      control: 'retry',
      request: (id) => services.queue.controls.retry(id, attempts),
      confirmed: () => undefined,
      waitMs: confirmWithinMs(services),
    });
  },
});

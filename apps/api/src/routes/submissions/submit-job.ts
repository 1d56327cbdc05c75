import { jobSchema, submissionSchema } from '@leeway/contract';
import { defineRoute } from '../../calls/route.js';
import { acceptSubmission, countRefused } from './accept-submission.js';

export const submitJob = defineRoute({
  method: 'POST',
  path: '/v1/jobs',
  name: 'submitJob',
  group: 'Jobs',
  summary: 'Submit a job',
  description:
    'Replies as soon as the job is stored. The reply shows the deadline that the job would get now and when it is expected to finish; the decision at the start of each attempt binds. Without `timeoutMs` the deadline is learned from earlier runs.',
  scope: 'submit',
  headers: {
    'Idempotency-Key':
      '1 to 255 printable ASCII characters. The same key with the same body gives the same job, for a day by default; with another body it is refused.',
  },
  body: {
    schema: submissionSchema,
    example: { kind: 'command', input: { argv: ['node', '-e', 'console.log("hello")'] }, label: 'greeting' },
    onInvalid: countRefused,
  },
  replies: {
    202: { description: 'The job was accepted, now or before under the same Idempotency-Key', schema: jobSchema },
  },
  errors: [
    'unknown_kind',
    'unknown_provider',
    'command_not_allowed',
    'no_timeout_not_allowed',
    'env_not_allowed',
    'webhook_not_allowed',
    'invalid_idempotency_key',
    'idempotency_conflict',
    'queue_full',
    'outcome_unknown',
  ],
  async handle(call, services) {
    const { body: submission, principal, writes } = call;
    const idempotencyKey = call.header('idempotency-key');
    const { job, replayed } = await acceptSubmission({ submission, principal, writes, idempotencyKey }, services);
    const headers = { Location: job.links.self, ...(replayed ? { 'Idempotency-Replayed': 'true' } : {}) };
    return { status: 202, headers, json: job };
  },
});

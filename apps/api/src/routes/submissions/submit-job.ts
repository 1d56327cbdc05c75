import { jobSchema, submissionSchema } from '@leeway/contract';
import { acceptSubmission } from './accept-submission.js';
import { defineRoute } from '../../calls/route.js';

export const submitJob = defineRoute({
  method: 'POST',
  path: '/v1/jobs',
  name: 'submitJob',
  group: 'Jobs',
  summary: 'Submit a job',
  description:
    'Accepts a job long before it has run. The reply shows the deadline it would get now and when it is expected to finish; the decision at the start of each attempt binds. Leave out `timeoutMs` and the deadline comes from runs like it.',
  scope: 'submit',
  headers: {
    'Idempotency-Key':
      '1 to 255 printable characters. The same key with the same body gives the same job, for a day by default; with another body it is refused.',
  },
  body: {
    schema: submissionSchema,
    example: { kind: 'command', input: { argv: ['node', '-e', 'console.log("hello")'] }, label: 'greeting' },
  },
  replies: { 202: { description: 'The job was accepted, or was accepted before under this key', schema: jobSchema } },
  errors: [
    'unknown_kind',
    'unknown_provider',
    'command_not_allowed',
    'no_timeout_not_allowed',
    'env_not_allowed',
    'invalid_idempotency_key',
    'idempotency_conflict',
    'queue_full',
    'outcome_unknown',
  ],
  async handle(call, services) {
    const { body, principal, writes } = call;
    const idempotencyKey = call.header('idempotency-key');
    const { job, replayed } = await acceptSubmission({ body, principal, writes, idempotencyKey }, services);
    const headers = { Location: job.links.self, ...(replayed ? { 'Idempotency-Replayed': 'true' } : {}) };
    return { status: 202, headers, json: job };
  },
});

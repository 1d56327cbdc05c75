import { controlReplySchema, describeIssues, knownFields, LeewayError, type Job } from '@leeway/contract';
import { z } from 'zod';
import { controlJob, type Done } from './control-job.js';
import { defineRoute } from '../../calls/route.js';

const MAX_REASON = 500;
const DEFAULT_REASON = 'Cancelled on request.';
const bodySchema = z.strictObject({
  reason: z.string().min(1).max(MAX_REASON).optional().describe('Kept with the job and shown'),
});

export const cancelJob = defineRoute({
  method: 'POST',
  path: '/v1/jobs/{id}/cancel',
  name: 'cancelJob',
  group: 'Jobs',
  summary: 'Cancel a job, wherever it runs',
  description:
    'A job that waits is cancelled at once. A running one is asked to stop, and ended by force after the grace; the answer comes when its worker has confirmed it, and says which. Cancelling again changes nothing.',
  scope: 'control',
  params: { id: 'Id of the job' },
  body: { schema: () => bodySchema, optional: true, example: { reason: 'No longer needed.' } },
  replies: { 200: { description: 'What was done', schema: controlReplySchema } },
  errors: ['job_not_found', 'outcome_unknown', 'rate_limited'],
  async handle(call, services) {
    const { queue, policy } = services;
    const reason = reasonOf(call.body);
    return controlJob(call, services, {
      control: 'cancel',
      ask: (id) => queue.cancel(id, reason),
      confirmed,
      waitMs: policy.supervision.graceMs + policy.api.confirmMs,
    });
  },
});

function reasonOf(body: unknown): string {
  if (body === undefined) return DEFAULT_REASON;
  const parsed = bodySchema.safeParse(body);
  if (parsed.success) return parsed.data.reason ?? DEFAULT_REASON;
  const errors = describeIssues(parsed.error, body, (path) => knownFields(bodySchema, path));
  throw new LeewayError(
    'invalid_request',
    errors.map((error) => `${error.path || 'body'}: ${error.message}`).join('; '),
    { errors },
  );
}

/** A running job that was asked to stop: it did, or was ended by force. */
function confirmed({ state, result }: Job): Done | undefined {
  if (state !== 'cancelled') return undefined;
  return endedByForce(result) ? 'killed' : 'cancelled';
}

function endedByForce(result: unknown): boolean {
  return result !== null && typeof result === 'object' && 'signal' in result && result.signal === 'SIGKILL';
}

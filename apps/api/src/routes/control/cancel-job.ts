import { controlReplySchema, type Job } from '@leeway/contract';
import { z } from 'zod';
import { defineRoute } from '../../calls/route.js';
import { controlJob, type Done } from './control-job.js';

const MAX_REASON = 500;
const DEFAULT_REASON = 'Cancelled on request.';
const bodySchema = z.strictObject({
  reason: z.string().min(1).max(MAX_REASON).optional().describe('Stored and shown with the job'),
});

export const cancelJob = defineRoute({
  method: 'POST',
  path: '/v1/jobs/{id}/cancel',
  name: 'cancelJob',
  group: 'Jobs',
  summary: 'Cancel a job',
  description:
    'A waiting job is cancelled at once. A running one is asked to stop, and ended by force after the grace period; the reply comes when its worker has confirmed the end, and shows which of the two it was. Cancelling again changes nothing.',
  scope: 'control',
  params: { id: 'Id of the job' },
  body: { schema: () => bodySchema, optional: true, example: { reason: 'No longer needed.' } },
  replies: { 200: { description: 'What was done', schema: controlReplySchema } },
  errors: ['job_not_found', 'outcome_unknown', 'rate_limited'],
  async handle(call, services) {
    const { queue, policy, bounds } = services;
    const { reason = DEFAULT_REASON } = call.body;
    return controlJob(call, services, {
      control: 'cancel',
      request: (id) => queue.controls.cancel(id, reason),
      confirmed,
      waitMs: policy.supervision.graceMs + bounds.confirmMs,
    });
  },
});

/** Whether a running job has stopped when asked, or was ended by force. */
function confirmed({ state, result }: Job): Done | undefined {
  if (state !== 'cancelled') return undefined;
  return endedByForce(result) ? 'killed' : 'cancelled';
}

function endedByForce(result: unknown): boolean {
  return result !== null && typeof result === 'object' && 'signal' in result && result.signal === 'SIGKILL';
}

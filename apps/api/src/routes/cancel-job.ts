import {
  controlReplySchema,
  describeIssues,
  knownFields,
  LeewayError,
  type ControlReply,
  type Job,
} from '@leeway/contract';
import { z } from 'zod';
import { jobIdOf, jobOfVisitor, visibleJob } from '../job-of-visitor.js';
import { defineRoute } from '../route.js';

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
    const id = jobIdOf(call.params['id']);
    const reason = reasonOf(call.body);
    await jobOfVisitor(id, call.visitor, services);
    call.writes();
    const done = await queue.cancel(id, reason);
    if (done !== 'requested') {
      const job = await jobOfVisitor(id, call.visitor, services);
      return { status: 200, json: { done: done === 'unknown' ? 'too_late' : done, job } satisfies ControlReply };
    }
    const waitMs = policy.supervision.graceMs + policy.api.confirmMs;
    call.hold(waitMs);
    const job = visibleJob(await queue.waitUntilFinal(id, waitMs, call.signal), id, call.visitor);
    return { status: 200, json: { done: confirmed(job), job } satisfies ControlReply };
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

/** What became of a running job that was asked to stop. */
function confirmed(job: Job): ControlReply['done'] {
  if (job.state === 'cancelled') return endedByForce(job.result) ? 'killed' : 'cancelled';
  // It ended by itself before the request reached it.
  return job.finishedAt === null ? 'requested' : 'too_late';
}

function endedByForce(result: unknown): boolean {
  return result !== null && typeof result === 'object' && 'signal' in result && result.signal === 'SIGKILL';
}

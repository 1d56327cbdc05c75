import { LeewayError, type Job } from '@leeway/contract';
import { queueName } from '@leeway/queue';
import { admit } from './admission.js';
import { idempotencyOf } from './idempotency.js';
import type { Services } from './services.js';
import type { Visitor } from './visitor.js';

export interface SubmissionRequest {
  body: unknown;
  visitor: Visitor;
  /** Text of the header; undefined: none. */
  idempotencyKey?: string | undefined;
  /** Called right before the job is stored. */
  writes: () => void;
}

/** From a body to a job in the queue: check, quote, store. Throws LeewayError with the reason; then nothing was stored. */
export async function acceptSubmission(
  request: SubmissionRequest,
  services: Services,
): Promise<{ job: Job; replayed: boolean }> {
  const { body, visitor, writes } = request;
  const { queue, quotes, metrics, policy } = services;
  try {
    const idempotency = idempotencyOf(request.idempotencyKey, body);
    const submission = await admit(body, visitor, services);
    const caller = { tenant: visitor.tenant, tier: visitor.tier };
    const { jobClass, decision } = await quotes.quote(submission, caller);
    writes();
    const accepted = await queue.submit({
      submission,
      caller,
      class: jobClass.name,
      quote: decision,
      queue: queueName(submission, policy),
      ...(idempotency === undefined ? {} : { idempotency }),
    });
    metrics.countSubmission(accepted.replayed ? 'replayed' : 'accepted');
    return accepted;
  } catch (error) {
    metrics.countSubmission(error instanceof LeewayError ? error.code : 'internal');
    throw error;
  }
}

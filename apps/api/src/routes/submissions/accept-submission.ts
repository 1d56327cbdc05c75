import { LeewayError, WORKFLOW_KIND, type Job, type Submission } from '@leeway/contract';
import { hintsOf } from '@leeway/estimator';
import { type NewJob, type Principal, queueName } from '@leeway/queue';
import type { ApiPrincipal } from '../../calls/principal.js';
import { quoteWorkflow } from '../../quotes/workflow-quote.js';
import type { Services } from '../../calls/services.js';
import { admit } from './admission.js';
import { idempotencyOf } from './idempotency.js';

export interface SubmissionRequest {
  body: unknown;
  principal: ApiPrincipal;
  /** Text of the header; undefined: none. */
  idempotencyKey?: string | undefined;
  /** In a batch under one key. */
  place?: number;
  /** Called right before the job is stored. */
  writes: () => void;
}

/** From a body to a job in the queue: check, quote, store. Throws LeewayError with the reason; then nothing was stored. */
export async function acceptSubmission(
  request: SubmissionRequest,
  services: Services,
): Promise<{ job: Job; replayed: boolean }> {
  const { body, principal, writes } = request;
  const { queue, metrics } = services;
  try {
    const idempotency = idempotencyOf(request.idempotencyKey, body, request.place);
    const submission = await admit(body, principal, services);
    const { tenant, tier } = principal;
    const job = await quoted(submission, { tenant, tier }, services);
    writes();
    const accepted = await queue.submit({ ...job, ...(idempotency === undefined ? {} : { idempotency }) });
    metrics.countSubmission(accepted.replayed ? 'replayed' : 'accepted');
    return accepted;
  } catch (error) {
    metrics.countSubmission(error instanceof LeewayError ? error.code : 'internal');
    throw error;
  }
}

/** The job with what the estimator says of it; of a workflow also its steps. */
async function quoted(submission: Submission, principal: Principal, services: Services): Promise<NewJob> {
  const queue = queueName(submission, services.policy);
  if (submission.kind !== WORKFLOW_KIND) {
    const { jobClass, decision } = await services.quotes.quote(submission, principal);
    const described = { ...submission, ...hintsOf(submission) };
    return { submission: described, principal, queue, class: jobClass.name, quote: decision };
  }
  const { jobClass, decision, steps } = await quoteWorkflow(submission, principal, services);
  const workflow = { totalMs: decision.deadlineMs, steps };
  return { submission, principal, queue, class: jobClass.name, quote: decision, workflow };
}

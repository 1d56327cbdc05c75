import { LeewayError, WORKFLOW_KIND, type Job, type Submission } from '@leeway/contract';
import { hintsOf } from '@leeway/estimator';
import { type NewJob, type Principal, queueName } from '@leeway/queue';
import type { ApiPrincipal } from '../../calls/principal.js';
import type { Services } from '../../calls/services.js';
import { quoteWorkflow } from '../../quotes/workflow-quote.js';
import { admit } from './admission.js';
import { idempotencyOf } from './idempotency.js';

export interface SubmissionRequest {
  submission: Submission;
  principal: ApiPrincipal;
  /** Text of the header; undefined: none. */
  idempotencyKey?: string | undefined;
  /** Position in a batch under one key. */
  position?: number;
  /** Called right before the job is stored. */
  writes: () => void;
}

/** Checks, quotes and stores a submission. When it throws LeewayError, nothing was stored, or the code is `outcome_unknown`. */
export async function acceptSubmission(
  request: SubmissionRequest,
  services: Services,
): Promise<{ job: Job; replayed: boolean }> {
  const { principal, writes } = request;
  const { queue, metrics } = services;
  try {
    const idempotency = idempotencyOf(request.idempotencyKey, request.submission, request.position);
    const submission = await admit(request.submission, principal, services);
    const { tenant, tier } = principal;
    const job = await quoted(submission, { tenant, tier }, services);
    writes();
    const accepted = await queue.submissions.submit({ ...job, ...(idempotency === undefined ? {} : { idempotency }) });
    metrics.countSubmission(accepted.replayed ? 'replayed' : 'accepted');
    return accepted;
  } catch (error) {
    countRefused(error, services);
    throw error;
  }
}

export function countRefused(error: unknown, { metrics }: Services): void {
  metrics.countSubmission(error instanceof LeewayError ? error.code : 'internal');
}

/** The job with its estimate; a workflow also with its steps. */
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

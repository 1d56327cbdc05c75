import { LeewayError, limitsFor, parseSubmission, streams, type Submission } from '@leeway/contract';
import { refuseNoTimeout } from './no-timeout.js';
import type { Services } from '../../calls/services.js';
import type { ApiPrincipal } from '../../calls/principal.js';

/**
 * Reads a submission under the policy and the tier of whoever asks. Throws LeewayError with every problem listed before
 * anything is stored, or `store_unavailable` when nobody knows which kinds there are.
 */
export async function admit(body: unknown, principal: ApiPrincipal, services: Services): Promise<Submission> {
  const { policy, kinds, clock } = services;
  const submission = parseSubmission(body, { policy, kinds: await kinds.get() });
  const { maxPriority } = limitsFor({ policy, tier: principal.tier, stream: streams(submission) });
  if ((submission.priority ?? 0) > maxPriority)
    throw refused(
      '/priority',
      `the tier "${principal.tier}" allows at most ${maxPriority}; got ${submission.priority}`,
    );
  refuseNoTimeout(submission, principal.tier, policy);
  if (
    submission.completeBy !== undefined &&
    Date.parse(submission.completeBy) <= clock.wallMs() + (submission.delayMs ?? 0)
  ) {
    throw refused('/completeBy', `is over before the job could start; got ${submission.completeBy}`);
  }
  return submission;
}

function refused(path: string, message: string): LeewayError {
  return new LeewayError('invalid_request', `${path}: ${message}`, { errors: [{ path, message }] });
}

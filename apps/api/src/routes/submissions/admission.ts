import { checkSubmission, invalidRequest, limitsFor, streams, type Submission } from '@leeway/contract';
import type { ApiPrincipal } from '../../calls/principal.js';
import type { Services } from '../../calls/services.js';
import { refuseNoTimeout } from './no-timeout.js';

/**
 * Checks a submission against the policy and the tier of the principal, and reads its input. Throws LeewayError with every
 * problem, or `store_unavailable` when the known kinds cannot be read.
 */
export async function admit(given: Submission, principal: ApiPrincipal, services: Services): Promise<Submission> {
  const { policy, kinds, clock } = services;
  const submission = checkSubmission(given, { policy, kinds: await kinds.get() });
  const { priority = 0, completeBy, delayMs = 0 } = submission;
  const { maxPriority } = limitsFor({ policy, tier: principal.tier, stream: streams(submission) });
  if (priority > maxPriority) {
    const message = `the tier "${principal.tier}" allows at most ${maxPriority}; got ${priority}`;
    throw invalidRequest([{ path: '/priority', message }]);
  }
  refuseNoTimeout(submission, principal.tier, policy);
  if (completeBy !== undefined && Date.parse(completeBy) <= clock.wallMs() + delayMs) {
    const message = `is over before the job could start; got ${completeBy}`;
    throw invalidRequest([{ path: '/completeBy', message }]);
  }
  return submission;
}

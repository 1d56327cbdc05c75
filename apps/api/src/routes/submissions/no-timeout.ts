import {
  LeewayError,
  limitsFor,
  NO_TIMEOUT,
  WORKFLOW_KIND,
  type Policy,
  type Submission,
  type WorkflowInput,
} from '@leeway/contract';

/**
 * Throws LeewayError `no_timeout_not_allowed` when a submission, or one of its steps, asks for no timeout and the tier does
 * not allow that.
 */
export function refuseNoTimeout(submission: Submission, tier: string, policy: Policy): void {
  const paths = submission.timeoutMs === NO_TIMEOUT ? ['/timeoutMs'] : [];
  if (submission.kind === WORKFLOW_KIND)
    for (const [i, { timeoutMs }] of (submission.input as WorkflowInput).steps.entries())
      if (timeoutMs === NO_TIMEOUT) paths.push(`/input/steps/${i}/timeoutMs`);
  if (paths.length > 0 && !allowsNone(tier, policy)) throw refusal(tier, paths, policy);
}

/** The same for a change of a job: the tier of the job and that of the principal both have to allow it. */
export function refuseNoTimeoutFor(tiers: readonly string[], policy: Policy): void {
  const without = tiers.find((tier) => !allowsNone(tier, policy));
  if (without !== undefined) throw refusal(without, ['/timeoutMs'], policy);
}

function allowsNone(tier: string, policy: Policy): boolean {
  return limitsFor({ policy, tier, stream: false }).allowsNoTimeout;
}

function refusal(tier: string, paths: readonly string[], policy: Policy): LeewayError {
  const allowing = Object.keys(policy.tiers).filter((name) => allowsNone(name, policy));
  const others = allowing.length === 0 ? 'no tier here does' : `these do: ${allowing.join(', ')}`;
  const message = `the tier "${tier}" does not allow "${NO_TIMEOUT}"; ${others}`;
  return new LeewayError('no_timeout_not_allowed', `${paths.join(', ')}: ${message}.`, {
    errors: paths.map((path) => ({ path, message })),
  });
}

import type { Cap } from '@leeway/contract';
import type { DecisionRequest } from './decision-request.js';

/** The limits that nothing goes beyond, whoever asks: tier, policy, overall, completeBy. At least 1 ms each. */
export function ceilings(request: DecisionRequest): { name: Cap['name']; limitMs: number }[] {
  const { capsMs = {}, kind, policy } = request;
  const given: [Cap['name'], number | undefined][] = [
    ['tier', capsMs.tier],
    ['policy_max', Math.min(kind.maxMs, policy.limits.maxAttemptMs)],
    ['overall', capsMs.overall],
    ['complete_by', capsMs.completeBy],
    ['mode', capsMs.mode],
    ['budget', capsMs.budget],
  ];
  return given.flatMap(([name, limitMs]) =>
    limitMs === undefined || Number.isNaN(limitMs) ? [] : [{ name, limitMs: Math.max(1, limitMs) }],
  );
}

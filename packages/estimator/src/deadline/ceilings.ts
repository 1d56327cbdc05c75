import { NO_TIMEOUT, type Cap } from '@leeway/contract';
import type { DecisionRequest } from './decision-request.js';

/**
 * Limits that no estimate and no submission exceeds: tier, policy, overall, completeBy. At least 1 ms each. Without a timeout
 * the backstop takes the place of tier and kind.
 */
export function ceilings(request: DecisionRequest): { name: Cap['name']; limitMs: number }[] {
  const { capsMs = {}, kind, policy, timeoutMs } = request;
  const { maxAttemptMs } = policy.limits;
  const ofAttempt: [Cap['name'], number | undefined][] =
    timeoutMs === NO_TIMEOUT
      ? [['backstop', maxAttemptMs]]
      : [
          ['tier', capsMs.tier],
          ['policy_max', Math.min(kind.maxMs, maxAttemptMs)],
        ];
  const given: [Cap['name'], number | undefined][] = [
    ...ofAttempt,
    ['overall', capsMs.overall],
    ['complete_by', capsMs.completeBy],
    ['mode', capsMs.mode],
    ['budget', capsMs.budget],
  ];
  return given.flatMap(([name, limitMs]) =>
    limitMs === undefined || Number.isNaN(limitMs) ? [] : [{ name, limitMs: Math.max(1, limitMs) }],
  );
}

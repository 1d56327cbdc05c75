import { limitsFor, type Policy, type TierLimits } from '@leeway/contract';
import type { AttemptWork } from './estimates.js';

/** What the tier of a job allows it, given what its submission says of a timeout. */
export function tierLimitsOf(
  { tier, stream, limits }: Pick<AttemptWork, 'tier' | 'stream' | 'limits'>,
  policy: Policy,
): TierLimits {
  return limitsFor({ policy, tier, stream, timeoutMs: limits.timeoutMs });
}

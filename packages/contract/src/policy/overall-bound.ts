import type { Timeout } from '../job/timeout.js';
import type { ModePolicy } from './modes.js';
import { limitsFor, type TieredPolicy } from './tier-limits.js';

export interface OverallBoundRequest {
  policy: TieredPolicy & { readonly modes: Readonly<Record<string, ModePolicy>> };
  tier: string;
  stream: boolean;
  /** Of the submission. */
  limits: { overallMs?: number | undefined; mode?: string | undefined; timeoutMs?: Timeout | undefined };
}

/**
 * Bound of all attempts of a job with the pauses between them, in ms: the lowest of the submission's limit, its mode, and the
 * cap of the tier. Infinity: only the maximum of the policy applies.
 */
export function overallBoundMs({ policy, tier, stream, limits }: OverallBoundRequest): number {
  const { overallMs, mode, timeoutMs } = limits;
  return Math.min(
    overallMs ?? Infinity,
    limitsFor({ policy, tier, stream, timeoutMs }).overallMs ?? Infinity,
    policy.modes[mode ?? '']?.totalMs ?? Infinity,
  );
}

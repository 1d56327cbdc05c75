import type { Timeout } from '../job/timeout.js';
import type { ModePolicy } from './modes.js';
import { limitsFor, type TieredPolicy } from './tier-limits.js';

export interface OverallQuestion {
  policy: TieredPolicy & { readonly modes: Readonly<Record<string, ModePolicy>> };
  tier: string;
  stream: boolean;
  /** As the submission names them. */
  limits: { overallMs?: number | undefined; mode?: string | undefined; timeoutMs?: Timeout | undefined };
}

/**
 * What bounds all attempts of a job and the pauses between them, in ms: what was asked for, under the cap of the tier, which
 * holds also where nothing was asked for. A mode bounds as much. Infinity: nothing does but the maximum of the policy.
 */
export function overallBoundMs({ policy, tier, stream, limits }: OverallQuestion): number {
  const { overallMs, mode, timeoutMs } = limits;
  return Math.min(
    overallMs ?? Infinity,
    limitsFor({ policy, tier, stream, timeoutMs }).overallMs ?? Infinity,
    policy.modes[mode ?? '']?.totalMs ?? Infinity,
  );
}

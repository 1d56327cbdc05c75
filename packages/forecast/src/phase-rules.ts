import { limitsFor, ofStreamKind, streamKind, type Policy } from '@leeway/contract';
import type { Work } from './work.js';

/** How the attempts of a job are divided into phases. */
export interface PhaseRules {
  /** In their order. */
  names: readonly string[];
  /** Milliseconds; null: the attempt is divided into `fallbackParts`. */
  windowMs: number | null;
  fallbackParts: number;
}

/** The rules for one job; null: its kind has no phases. The tier's window comes before the policy's. */
export function phaseRules(work: Pick<Work, 'kind' | 'input' | 'tier' | 'stream'>, policy: Policy): PhaseRules | null {
  const { kinds, names, windowMs, fallbackParts } = policy.phases;
  const phased = Object.fromEntries(kinds.map((kind) => [kind, true]));
  if (names.length === 0 || ofStreamKind(phased, streamKind(work)) === undefined) return null;
  const { phaseMs } = limitsFor({ policy, tier: work.tier, stream: work.stream });
  return { names, windowMs: phaseMs ?? windowMs, fallbackParts };
}

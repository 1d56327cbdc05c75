import { limitsFor, ofStreamKind, streamKind, type Policy } from '@leeway/contract';
import type { Work } from './work.js';

/** Kinds whose attempts have phases; "*": handlers of the user. A plain command does not show what it is doing. */
const PHASED_KINDS = { chat: true, 'command.stream-json': true, '*': true };

/** How the attempts of a job are divided into phases. */
export interface PhaseRules {
  /** In their order. */
  names: readonly string[];
  /** Milliseconds; null: the attempt is divided into three. */
  windowMs: number | null;
}

/** The rules for one job; null: its kind has no phases. The tier's window comes before the policy's. */
export function phaseRules(work: Pick<Work, 'kind' | 'input' | 'tier' | 'stream'>, policy: Policy): PhaseRules | null {
  const { names, windowMs } = policy.phases;
  if (names.length === 0 || ofStreamKind(PHASED_KINDS, streamKind(work)) === undefined) return null;
  const { phaseMs } = limitsFor({ policy, tier: work.tier, stream: work.stream });
  return { names, windowMs: phaseMs ?? windowMs };
}

import { type Decision, limitsFor, ofStreamKind, type Policy } from '@leeway/contract';
import { decisionSentence } from '@leeway/estimator';
import { type PhaseWindow, planPhases } from '@leeway/supervision';

export interface PhasedWork {
  streamKind: string;
  tier: string;
  /** Whether the streaming column of the tier holds. */
  stream: boolean;
}

/** The phases of an attempt under a decision: none for kinds that have none. The tier's window comes before the policy's. */
export function phasesOf(decision: Decision, { streamKind, tier, stream }: PhasedWork, policy: Policy): PhaseWindow[] {
  const { kinds, names, windowMs, fallbackParts } = policy.phases;
  const named = Object.fromEntries(kinds.map((kind) => [kind, true]));
  if (ofStreamKind(named, streamKind) === undefined) return [];
  const { phaseMs } = limitsFor({ policy, tier, stream });
  return planPhases(decision.deadlineMs, { names, windowMs: phaseMs ?? windowMs, fallbackParts });
}

/** Where the policy says so, the end of the last phase is the deadline; not of an attempt that is to have none. */
export function endedByPhases(decision: Decision, work: PhasedWork, policy: Policy): Decision {
  if (!policy.phases.endAttempt || decision.basis === 'no_timeout') return decision;
  const phases = phasesOf(decision, work, policy);
  const limitMs = phases.reduce((sum, { windowMs }) => sum + windowMs, 0);
  if (phases.length === 0 || limitMs >= decision.deadlineMs) return decision;
  const caps = [
    ...decision.caps.map((cap) => ({ ...cap, bit: false })),
    { name: 'phases' as const, limitMs, bit: true },
  ];
  const cut = { ...decision, deadlineMs: limitMs, hardCapMs: limitMs, caps };
  return { ...cut, sentence: decisionSentence(cut) };
}

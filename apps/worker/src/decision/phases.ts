import type { Decision, Policy } from '@leeway/contract';
import { phaseRules, type Work } from '@leeway/forecast';
import { type PhaseWindow, planPhases } from '@leeway/supervision';

/** The phases of an attempt under a decision: none for kinds that have none. */
export function phasesOf(
  decision: Pick<Decision, 'deadlineMs'>,
  work: Pick<Work, 'kind' | 'input' | 'tier' | 'stream'>,
  policy: Policy,
): PhaseWindow[] {
  const rules = phaseRules(work, policy);
  return rules === null ? [] : planPhases(decision.deadlineMs, rules);
}

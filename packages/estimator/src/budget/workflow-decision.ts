import { durationText, type Cap, type Decision } from '@leeway/contract';
import { expectedPathMs, type SharedStep } from './step-shares.js';

export interface WorkflowRequest {
  steps: readonly SharedStep[];
  /** Limits of the whole workflow, in ms: the mode, `limits.overallMs`, the maximum of the policy. */
  limits: readonly Pick<Cap, 'name' | 'limitMs'>[];
  /** Whether one of them is of the submission. */
  asked: boolean;
  policyVersion: string;
}

/** Decision about the whole workflow. Its steps get decisions of their own. */
export function workflowDecision({ steps, limits, asked, policyVersion }: WorkflowRequest): Decision {
  const totalMs = Math.min(...limits.map(({ limitMs }) => limitMs));
  const caps = limits.map((cap) => ({ ...cap, bit: cap.limitMs === totalMs }));
  const decided = caps.find(({ bit }) => bit);
  return {
    deadlineMs: totalMs,
    hardCapMs: totalMs,
    expectedMs: expectedPathMs(steps),
    lateMs: null,
    firstOutputMs: null,
    idleMs: null,
    toolMs: null,
    basis: asked ? 'explicit' : 'static',
    level: null,
    samples: 0,
    censored: 0,
    quantile: null,
    baseMs: null,
    margin: null,
    loadFactor: 1,
    loadEvidence: null,
    confidence: 0,
    caps,
    override: null,
    policyVersion,
    sentence: `${durationText(totalMs)} for ${steps.length === 1 ? 'one step' : `all ${steps.length} steps together`}: ${LIMIT_REASONS[decided?.name ?? 'policy_max'] ?? ''}. Each step has a deadline of its own in it.`,
  };
}

const LIMIT_REASONS: Partial<Record<Cap['name'], string>> = {
  mode: 'the time of the mode that the submission asked for',
  overall: 'the overall limit of the submission',
  tier: 'the overall limit of the tier',
  policy_max: 'the longest that the policy allows, as the submission named no limit',
};

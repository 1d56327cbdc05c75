import type { DecisionRequest } from './decision-request.js';
import { chooseLevel } from './level-choice.js';

const MEDIAN = 0.5;

/** Median wait of similar jobs for a worker, in milliseconds; null: unknown. Not a limit. */
export function queueWaitMs({ history, tenant, jobClass, policy }: DecisionRequest): number | null {
  if (history === null) return null;
  const chosen = chooseLevel({ history, tenant, jobClass, minSamples: policy.estimator.minSamples }, 'queue');
  return chosen === undefined ? null : chosen.state.exact.quantile(MEDIAN);
}

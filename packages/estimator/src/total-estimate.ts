import type { Cap, Decision } from '@leeway/contract';
import { chooseLevel } from './level-choice.js';
import { levelDeadline } from './level-deadline.js';
import type { DecisionRequest } from './decision-request.js';

/** What history says about the whole attempt, before floors and caps. */
export interface TotalEstimate extends Pick<Decision, 'basis' | 'level' | 'samples' | 'censored' | 'quantile' | 'baseMs' | 'margin' | 'expectedMs' | 'lateMs' | 'confidence'> {
  deadlineMs: number;
  caps: Cap[];
}

const NOTHING = { level: null, samples: 0, censored: 0, quantile: null, baseMs: null, margin: null, expectedMs: null, lateMs: null, confidence: 0 };
const MEDIAN = 0.5;
const LATE = 0.95;

export function estimateTotal(request: DecisionRequest): TotalEstimate {
  const { history, jobClass, tenant, kind, policy } = request;
  if (history === null) return { ...NOTHING, basis: 'static', deadlineMs: kind.priorMs, caps: [] };
  const estimator = policy.estimator;
  const chosen = chooseLevel({ history, tenant, jobClass, policy: estimator });
  if (chosen === undefined) return { ...NOTHING, basis: 'prior', deadlineMs: kind.priorMs, caps: [] };

  const { state, own, settled } = chosen;
  const { deadlineMs, baseMs, margin, hangBoundMs } = levelDeadline(state, settled, estimator);
  const caps: Cap[] = hangBoundMs === null ? [] : [{ name: 'hang_bound', limitMs: hangBoundMs, bit: true }];
  const expectedMs = finite(state.quantile(MEDIAN), state.exactQuantile(MEDIAN));
  const lateMs = finite(state.quantile(LATE), state.exactQuantile(LATE));
  return {
    basis: own ? 'history' : 'borrowed',
    level: chosen.level,
    samples: state.size,
    censored: state.censored,
    quantile: estimator.quantile,
    baseMs,
    margin,
    expectedMs,
    lateMs,
    confidence: confidence(state.exact, estimator.minSamples),
    // Other tenants' runs say what to expect, but neither stretch nor shorten this tenant's deadline.
    deadlineMs: chosen.shared ? kind.priorMs : deadlineMs,
    caps,
  };
}

function finite(first: number, second: number): number {
  return Number.isFinite(first) ? first : second;
}

/** 0 without results, one half at `minSamples`, towards 1 from there. */
function confidence(results: number, minSamples: number): number {
  return results / (results + minSamples);
}

import type { Cap, Decision } from '@leeway/contract';
import type { LevelState } from '../history/level-state.js';
import { levelRingKeys } from '../history/ring-key.js';
import type { DecisionRequest } from './decision-request.js';
import type { ChosenLevel } from './level-choice.js';

/** Estimate of the whole attempt, before floors and caps. */
export interface TotalEstimate extends Pick<
  Decision,
  | 'basis'
  | 'level'
  | 'samples'
  | 'censored'
  | 'quantile'
  | 'baseMs'
  | 'ratio'
  | 'margin'
  | 'profile'
  | 'expectedMs'
  | 'lateMs'
  | 'confidence'
  | 'override'
  | 'loadFactor'
  | 'loadEvidence'
  | 'workerFactor'
> {
  deadlineMs: number;
  /** Least deadline after a kill, where several similar runs took longer than the one that was killed; null: none. */
  slowMs: number | null;
  caps: Cap[];
}

/** Figures of an estimate without history. */
export const NO_FIGURES = {
  level: null,
  samples: 0,
  censored: 0,
  quantile: null,
  baseMs: null,
  margin: null,
  expectedMs: null,
  lateMs: null,
  confidence: 0,
  override: null,
  loadFactor: 1,
  loadEvidence: null,
  slowMs: null,
  caps: [],
};

export const MEDIAN = 0.5;
export const LATE = 0.95;

/** For a class without results of its own tenant. `shared`: level of all tenants together; undefined: none. */
export function priorEstimate(request: DecisionRequest, shared: ChosenLevel | undefined): TotalEstimate {
  const few = fewResults(request);
  const figures = shared === undefined ? { samples: few } : ofAllTenants(shared);
  return { ...NO_FIGURES, basis: 'prior', ...figures, ...taggedPrior(request, few) };
}

/** Default of the kind times the factor of the hint `complexity`, but no shorter than `coldFloorMs` or the default itself. */
function taggedPrior(
  { jobClass, kind, policy }: DecisionRequest,
  few: number,
): Pick<TotalEstimate, 'deadlineMs' | 'override'> {
  const { complexity } = jobClass;
  if (complexity === undefined) return { deadlineMs: kind.priorMs, override: null };
  const factor = policy.estimator.complexity[complexity];
  const leastMs = Math.min(kind.priorMs, policy.estimator.coldFloorMs);
  return {
    deadlineMs: Math.max(leastMs, factor * kind.priorMs),
    override: `${few === 0 ? 'nothing' : 'too little'} like it has run yet and it is tagged as ${complexity} complexity (${factor} times the default)`,
  };
}

/** Number of results of the class or of its more general levels. */
function fewResults({ history, tenant, jobClass }: DecisionRequest): number {
  return Math.max(0, ...levelRingKeys('total', tenant, jobClass).map((key) => history?.level(key)?.size ?? 0));
}

/** Expected duration from the runs of all tenants. They change neither the deadline nor the margin of a tenant. */
function ofAllTenants({
  level,
  state,
}: ChosenLevel): Pick<TotalEstimate, 'level' | 'samples' | 'censored' | 'expectedMs' | 'lateMs'> {
  return {
    level,
    samples: state.size,
    censored: state.censored,
    expectedMs: endedQuantile(state, MEDIAN),
    lateMs: endedQuantile(state, LATE),
  };
}

/** Quantile of all results; of those that ended by themselves where it is among the others. */
export function endedQuantile(state: LevelState, q: number): number {
  const all = state.quantile(q);
  return Number.isFinite(all) ? all : state.exact.quantile(q);
}

import type { HistoryView } from '../history/history-view.js';
import type { JobClass } from '../classify/job-class.js';
import type { LevelState } from '../history/level-state.js';
import { levelRingKeys, type LevelMetric, sharedRingKey } from '../history/ring-key.js';
import { MIN_BORROW } from './rules.js';

/** Level whose results a decision uses. */
export interface ChosenLevel {
  level: string;
  state: LevelState;
  /** The next more general level; undefined: it has no results. */
  parent: LevelState | undefined;
  /** The more specific levels, nearest first; they have too few results. */
  within: readonly LevelState[];
  /** The level is the class itself; false: the figures are borrowed. */
  own: boolean;
  /** It has at least `minSamples` results, so the margin counts once. */
  settled: boolean;
  /** It comes from the rings of all tenants together. */
  shared: boolean;
}

export interface LevelRequest {
  history: HistoryView;
  tenant: string;
  jobClass: JobClass;
  /** Results from which a level is chosen before a more general one. */
  minSamples: number;
  /** Results below which a level is not used. */
  minBorrow?: number;
}

/**
 * First level, from specific to general, with `minSamples` results; else the first with `minBorrow`; else the same in the
 * rings of all tenants together, until the tenant has a few results of its own.
 */
export function chooseLevel(request: LevelRequest, metric: LevelMetric = 'total'): ChosenLevel | undefined {
  const { history, tenant, jobClass } = request;
  const own = levelRingKeys(metric, tenant, jobClass).map((key) => history.level(key));
  const found = firstWithEnough(own, request);
  if (found !== undefined)
    return { ...found, level: jobClass.levels[found.place] ?? '', own: found.place === 0, shared: false };
  if (metric !== 'total') return undefined;
  const shared = firstWithEnough(
    jobClass.shared.map((level) => history.level(sharedRingKey(metric, level))),
    request,
  );
  return shared && { ...shared, level: jobClass.shared[shared.place] ?? '', own: false, shared: true };
}

function firstWithEnough(
  states: readonly (LevelState | undefined)[],
  { minSamples, minBorrow = MIN_BORROW }: Pick<LevelRequest, 'minSamples' | 'minBorrow'>,
) {
  for (const enough of [minSamples, minBorrow]) {
    const place = states.findIndex((state) => state !== undefined && state.size >= enough && state.exact.size > 0);
    const state = states[place];
    if (state === undefined) continue;
    const within = states
      .slice(0, place)
      .reverse()
      .filter((inner) => inner !== undefined && inner.exact.size > 0) as LevelState[];
    return { place, state, parent: states[place + 1], within, settled: state.size >= minSamples };
  }
  return undefined;
}

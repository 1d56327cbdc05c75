import type { HistoryView } from '../history/history-view.js';
import type { JobClass } from '../classify/job-class.js';
import type { LevelState } from '../history/level-state.js';
import { levelRingKeys, type LevelMetric, sharedRingKey } from '../history/ring-key.js';
import { MIN_BORROW } from './rules.js';

/** The level whose figures a decision uses. */
export interface ChosenLevel {
  level: string;
  state: LevelState;
  /** The next more general level, if it holds anything. */
  parent: LevelState | undefined;
  /** The more specific levels, the nearest one first; they have too few results to stand alone. */
  within: readonly LevelState[];
  /** The class itself, with enough results of its own; otherwise the figures are borrowed. */
  own: boolean;
  /** Has at least `minSamples` results, so the plain margin does. */
  settled: boolean;
  /** Comes from the rings that all tenants feed. */
  shared: boolean;
}

export interface LevelQuestion {
  history: HistoryView;
  tenant: string;
  jobClass: JobClass;
  /** Results with which a level stands on its own. */
  minSamples: number;
  /** Results without which it is not used at all. */
  minBorrow?: number;
}

/**
 * The first level, from specific to general, that has enough results; if none has, the first that has a few; then the
 * same among what all tenants taught. Results of other tenants are a prior only: the first few of one's own replace them.
 */
export function chooseLevel(question: LevelQuestion, metric: LevelMetric = 'total'): ChosenLevel | undefined {
  const { history, tenant, jobClass } = question;
  const own = levelRingKeys(metric, tenant, jobClass).map((key) => history.level(key));
  const found = firstWithEnough(own, question);
  if (found !== undefined)
    return { ...found, level: jobClass.levels[found.place] ?? '', own: found.place === 0, shared: false };
  if (metric !== 'total') return undefined;
  const shared = firstWithEnough(
    jobClass.shared.map((level) => history.level(sharedRingKey(metric, level))),
    question,
  );
  return shared && { ...shared, level: jobClass.shared[shared.place] ?? '', own: false, shared: true };
}

function firstWithEnough(
  states: readonly (LevelState | undefined)[],
  { minSamples, minBorrow = MIN_BORROW }: Pick<LevelQuestion, 'minSamples' | 'minBorrow'>,
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

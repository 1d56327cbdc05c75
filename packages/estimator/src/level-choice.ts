import type { EstimatorPolicy } from '@leeway/contract';
import type { HistoryView } from './history.js';
import type { JobClass } from './job-class.js';
import type { LevelState } from './level-state.js';
import { ringKey, sharedRingKey, type Metric } from './ring-key.js';

/** The level whose figures a decision uses. */
export interface ChosenLevel {
  level: string;
  state: LevelState;
  /** The class itself, with enough results of its own; otherwise the figures are borrowed or few. */
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
  policy: Pick<EstimatorPolicy, 'minSamples' | 'minBorrow'>;
}

/**
 * The first level, from specific to general, that has enough results; if none has, the first that has a few; then the
 * same among what all tenants taught. Results of other tenants are a prior only: the first few of one's own replace them.
 */
export function chooseLevel(question: LevelQuestion, metric: Metric = 'total'): ChosenLevel | undefined {
  const { history, tenant, jobClass, policy } = question;
  const own = jobClass.levels.map((level) => ({ level, state: history.level(ringKey(metric, tenant, level)) }));
  const shared = metric === 'total' ? jobClass.shared.map((level) => ({ level, state: history.level(sharedRingKey(metric, level)) })) : [];
  for (const [candidates, isShared] of [[own, false], [shared, true]] as const) {
    for (const enough of [policy.minSamples, policy.minBorrow]) {
      const found = candidates.find(({ state }) => state !== undefined && state.size >= enough && state.exact > 0);
      if (found?.state !== undefined) {
        const settled = enough === policy.minSamples;
        return { level: found.level, state: found.state, own: !isShared && found.level === jobClass.name, settled, shared: isShared };
      }
    }
  }
  return undefined;
}

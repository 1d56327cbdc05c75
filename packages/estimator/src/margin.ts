import type { EstimatorPolicy } from '@leeway/contract';
import type { HistoryView } from './history.js';
import type { JobClass } from './job-class.js';
import type { LevelState } from './level-state.js';
import { scoreRingKeys } from './ring-key.js';

export interface MarginQuestion {
  history: HistoryView;
  tenant: string;
  jobClass: JobClass;
  policy: EstimatorPolicy;
}

/**
 * How many times its usual duration such work may take. Measured, not guessed: all but a share `killShare` of the newest
 * attempts of the same kind and executable took no more than this many times what was usual for their class.
 */
export function margin({ history, tenant, jobClass, policy }: MarginQuestion): number {
  const rings = scoreRingKeys(tenant, jobClass).flatMap((key) => history.level(key) ?? []);
  const count = rings.reduce((sum, ring) => sum + ring.exact.size, 0);
  if (count < policy.marginSamples) return policy.margin;
  return Math.min(
    policy.marginMax,
    Math.max(policy.marginMin, nthLargest(rings, Math.floor(policy.killShare * count))),
  );
}

/** A factor on the margin while kills of this level have just turned out to be wrong: what happened comes in bursts. */
export function caution(state: LevelState, policy: EstimatorPolicy): number {
  return Math.min(policy.cautionMax, 1 + policy.cautionStep * state.falseKills(policy.cautionWindow));
}

/** The `n`th largest, from 0, of what several sorted rings hold together. */
function nthLargest(rings: readonly LevelState[], n: number): number {
  const next = rings.map(({ exact }) => exact.size - 1);
  for (let taken = 0; ; taken += 1) {
    let from = -1;
    let largest = -Infinity;
    rings.forEach(({ exact }, ring) => {
      const candidate = exact.at(next[ring] ?? -1);
      if (candidate > largest) [largest, from] = [candidate, ring];
    });
    if (taken === n || from < 0) return largest;
    next[from] = (next[from] ?? 0) - 1;
  }
}

import type { EstimatorPolicy } from '@leeway/contract';
import type { HistoryView } from '../history/history-view.js';
import type { JobClass } from '../classify/job-class.js';
import type { LevelState } from '../history/level-state.js';
import { scoreRingKeys } from '../history/ring-key.js';

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
  const slow = ofSlowWorkers(rings, policy);
  const count = rings.reduce((sum, ring) => sum + ring.exact.size, 0) - slow;
  if (count < policy.marginSamples) return policy.margin;
  return Math.min(
    policy.marginMax,
    Math.max(policy.marginMin, nthLargest(rings, slow + Math.floor(policy.killShare * count))),
  );
}

/** Newest results of one worker that say how it is now; fewer than the least make no median. */
const NEWEST_OF_WORKER = 5;
const LEAST_OF_WORKER = 3;
/** Fewer workers do not show which of them is the odd one. */
const LEAST_WORKERS = 3;

/** How many of the largest come from a worker that is much slower than the others now: they say nothing of the work. */
function ofSlowWorkers(rings: readonly LevelState[], { window, slowWorkerFactor }: EstimatorPolicy): number {
  const byWorker = new Map<string, number[]>();
  const sourced = rings.flatMap((ring) => ring.sourced(window)).sort((a, b) => b.atMs - a.atMs);
  for (const { from, value } of sourced) {
    const values = byWorker.get(from);
    if (values === undefined) byWorker.set(from, [value]);
    else values.push(value);
  }
  const workers = [...byWorker.values()].filter((values) => values.length >= LEAST_OF_WORKER);
  if (workers.length < LEAST_WORKERS) return 0;
  const now = (values: readonly number[]) => lowerMedian(values.slice(0, NEWEST_OF_WORKER));
  const limit = slowWorkerFactor * lowerMedian(workers.map(now));
  return workers
    .filter((values) => now(values) >= limit)
    .reduce((sum, values) => sum + values.filter((value) => value >= limit).length, 0);
}

function lowerMedian(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[(values.length - 1) >> 1] ?? 1;
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

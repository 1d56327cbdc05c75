import { RING_LENGTH } from '@leeway/contract';
import type { HistoryView } from '../history/history-view.js';
import type { JobClass } from '../classify/job-class.js';
import type { LevelState } from '../history/level-state.js';
import { scoreRingKeys } from '../history/ring-key.js';
import { SLOW_WORKER_FACTOR } from '../history/slow-workers.js';
import { lowerMedian } from '../history/sorted-values.js';
import { CAUTION_WINDOW, type Rules } from './rules.js';

export interface MarginRequest {
  history: HistoryView;
  tenant: string;
  jobClass: JobClass;
  rules: Rules;
}

/** Results of a kind and executable needed to measure its margin: one of them is beyond it. */
export const MARGIN_SAMPLES = 200;
/** Largest factor of caution; bounds the effect of a burst of wrong kills. */
const CAUTION_MAX = 3;

/**
 * Factor on the usual duration. Measured: all but a share `killShare` of the newest attempts of the same kind and executable
 * took at most this many times the usual duration of their class.
 */
export function margin({ history, tenant, jobClass, rules }: MarginRequest): number {
  const rings = scoreRingKeys(tenant, jobClass).flatMap((key) => history.level(key) ?? []);
  const slow = ofSlowWorkers(rings);
  const count = rings.reduce((sum, ring) => sum + ring.exact.size, 0) - slow;
  if (count < MARGIN_SAMPLES) return rules.margin;
  return Math.min(
    rules.marginMax,
    Math.max(rules.marginMin, nthLargest(rings, slow + Math.floor(rules.killShare * count))),
  );
}

/** Newest results of one worker for its current speed, and the number below which their median is chance. */
const NEWEST_OF_WORKER = 5;
const LEAST_OF_WORKER = 3;
/** With fewer workers it is not clear which of them differs. */
const LEAST_WORKERS = 3;

/** Number of the largest results that come from a worker that is much slower than the others now, not from slower work. */
function ofSlowWorkers(rings: readonly LevelState[]): number {
  const byWorker = new Map<string, number[]>();
  const sourced = rings.flatMap((ring) => ring.sourced(RING_LENGTH)).sort((a, b) => b.atMs - a.atMs);
  for (const { from, value } of sourced) {
    const values = byWorker.get(from);
    if (values === undefined) byWorker.set(from, [value]);
    else values.push(value);
  }
  const workers = [...byWorker.values()].filter((values) => values.length >= LEAST_OF_WORKER);
  if (workers.length < LEAST_WORKERS) return 0;
  const now = (values: readonly number[]) => lowerMedian(values.slice(0, NEWEST_OF_WORKER));
  const limit = SLOW_WORKER_FACTOR * lowerMedian(workers.map(now));
  return workers
    .filter((values) => now(values) >= limit)
    .reduce((sum, values) => sum + values.filter((value) => value >= limit).length, 0);
}

/** Factor on the margin after recent wrong kills of this level: they come in bursts. */
export function caution(state: LevelState, { cautionStep }: Rules): number {
  return Math.min(CAUTION_MAX, 1 + cautionStep * state.falseKills(CAUTION_WINDOW));
}

/** The `n`th largest result, from 0, of several sorted rings together. */
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

import { RING_LENGTH } from '@leeway/contract';
import type { HistoryView } from '../history/history-view.js';
import type { JobClass } from '../classify/job-class.js';
import type { LevelState } from '../history/level-state.js';
import { scoreRingKeys } from '../history/ring-key.js';
import { SLOW_WORKER_FACTOR } from '../history/slow-workers.js';
import { CAUTION_WINDOW, type Rules } from './rules.js';

export interface MarginQuestion {
  history: HistoryView;
  tenant: string;
  jobClass: JobClass;
  rules: Rules;
}

/** Results of a kind and executable that it takes to measure its margin: one of them lies beyond it. */
export const MARGIN_SAMPLES = 200;
/** Most that caution widens the margin by; bounds what a burst of wrong kills can do. */
const CAUTION_MAX = 3;

/**
 * How many times its usual duration such work may take. Measured, not guessed: all but a share `killShare` of the newest
 * attempts of the same kind and executable took no more than this many times what was usual for their class.
 */
export function margin({ history, tenant, jobClass, rules }: MarginQuestion): number {
  const rings = scoreRingKeys(tenant, jobClass).flatMap((key) => history.level(key) ?? []);
  const slow = ofSlowWorkers(rings);
  const count = rings.reduce((sum, ring) => sum + ring.exact.size, 0) - slow;
  if (count < MARGIN_SAMPLES) return rules.margin;
  return Math.min(
    rules.marginMax,
    Math.max(rules.marginMin, nthLargest(rings, slow + Math.floor(rules.killShare * count))),
  );
}

/** Newest results of one worker that say how it is now; fewer than the least make no median. */
const NEWEST_OF_WORKER = 5;
const LEAST_OF_WORKER = 3;
/** Fewer workers do not show which of them is the odd one. */
const LEAST_WORKERS = 3;

/** How many of the largest come from a worker that is much slower than the others now: they say nothing of the work. */
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

function lowerMedian(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[(values.length - 1) >> 1] ?? 1;
}

/** A factor on the margin while kills of this level have just turned out to be wrong: what happened comes in bursts. */
export function caution(state: LevelState, { cautionStep }: Rules): number {
  return Math.min(CAUTION_MAX, 1 + cautionStep * state.falseKills(CAUTION_WINDOW));
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

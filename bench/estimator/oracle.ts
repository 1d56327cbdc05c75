import type { MakePolicy } from './policy.js';
import { placesByKey, type World } from './world.js';

const REACH = 100;
const QUANTILE = 0.99;

/** For each job the 99th percentile of the durations of its key within 100 jobs to either side, which lie partly in the future. */
export function oracleDeadlines(world: World): Float64Array {
  const deadlines = new Float64Array(world.key.length);
  for (const places of placesByKey(world.key, world.trace.keys.length)) {
    const sorted: number[] = [];
    const durationMs = (nth: number) => world.healthyMs[places[nth] ?? 0] ?? 0;
    for (let nth = 0; nth < Math.min(REACH, places.length); nth += 1) insert(sorted, durationMs(nth));
    places.forEach((at, nth) => {
      if (nth + REACH < places.length) insert(sorted, durationMs(nth + REACH));
      if (nth - REACH - 1 >= 0) sorted.splice(position(sorted, durationMs(nth - REACH - 1)), 1);
      deadlines[at] = quantile(sorted, QUANTILE);
    });
  }
  return deadlines;
}

export function oracle(world: World): MakePolicy {
  const deadlines = oracleDeadlines(world);
  return () => ({
    first: (job) => deadlines[job.id] ?? 0,
    second: (job) => deadlines[job.id] ?? 0,
    ended: () => undefined,
  });
}

function insert(sorted: number[], value: number): void {
  sorted.splice(position(sorted, value), 0, value);
}

function position(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** By nearest rank: of fewer than a hundred values the largest. */
function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.ceil(q * sorted.length) - 1] ?? 0;
}

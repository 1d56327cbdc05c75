import type { Decision } from '@leeway/contract';
import type { HistoryView } from '../history/history-view.js';
import { family, type JobClass } from '../classify/job-class.js';
import type { LevelState, SourcedValue } from '../history/level-state.js';
import { loadRingKeys } from '../history/ring-key.js';

export type LoadFactor = Pick<Decision, 'loadFactor' | 'loadEvidence'>;

export interface LoadQuestion {
  history: HistoryView;
  tenant: string;
  jobClass: JobClass;
}

/** No slow-down that is worth anything. */
export const AS_USUAL: LoadFactor = { loadFactor: 1, loadEvidence: null };
/** Results of one worker that make a median. */
const MIN_OF_SOURCE = 3;
/** Newest results that are looked at: what the next result looks like shows best in the last twenty. */
const LOAD_WINDOW = 20;
/** A smaller slow-down counts as chance: the median of twenty results may vary by as much. */
const NOTICED_FROM = 2;
/** Power of the measured slow-down that is applied: long runs slow down less than short ones. */
export const LOAD_WEIGHT = 0.5;
/** Largest load factor: a larger slow-down shows in the durations themselves soon enough. */
export const LOAD_MAX = 3;

/**
 * How much slower than expected such work ends right now: with the same executable or model where that has run lately,
 * else anywhere in the fleet. Never below 1, and 1 where the slow-down is too small to be told from chance. It widens
 * the deadline of the moment; what is learned of a class stays the durations themselves.
 */
export function loadFactor({ history, tenant, jobClass }: LoadQuestion): LoadFactor {
  for (const [place, key] of loadRingKeys(tenant, jobClass).entries()) {
    const measured = slowdown(history.level(key));
    if (measured === undefined) continue;
    const { factor, results, sources } = measured;
    if (factor < NOTICED_FROM) return AS_USUAL;
    const name = place === 0 ? family(jobClass) : 'all work of this tenant';
    const by = sources > 1 ? ` on ${sources} workers` : '';
    return {
      loadFactor: Math.min(LOAD_MAX, factor ** LOAD_WEIGHT),
      loadEvidence: `the last ${results} runs of ${name}${by} took ${factor.toFixed(1)} times as long as expected`,
    };
  }
  return AS_USUAL;
}

/** Median over workers of each one's median, so that one sick worker does not speak for the fleet. */
function slowdown(state: LevelState | undefined): { factor: number; results: number; sources: number } | undefined {
  const recent = state?.sourced(LOAD_WINDOW) ?? [];
  if (recent.length < LOAD_WINDOW) return undefined;
  const medians = [...bySource(recent).values()].filter((values) => values.length >= MIN_OF_SOURCE).map(lowerMedian);
  if (medians.length === 0) return undefined;
  return { factor: lowerMedian(medians), results: recent.length, sources: medians.length };
}

function bySource(values: readonly SourcedValue[]): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const { from, value } of values) {
    const group = groups.get(from);
    if (group === undefined) groups.set(from, [value]);
    else group.push(value);
  }
  return groups;
}

function lowerMedian(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[(values.length - 1) >> 1] ?? 1;
}

import type { Decision } from '@leeway/contract';
import type { HistoryView } from '../history/history-view.js';
import { family, type JobClass } from '../classify/job-class.js';
import type { LevelState, SourcedValue } from '../history/level-state.js';
import { loadRingKeys } from '../history/ring-key.js';
import { lowerMedian } from '../history/sorted-values.js';

export type LoadFactor = Pick<Decision, 'loadFactor' | 'loadEvidence'>;

export interface LoadRequest {
  history: HistoryView;
  tenant: string;
  jobClass: JobClass;
}

/** No slow-down, or one too small to count. */
export const AS_USUAL: LoadFactor = { loadFactor: 1, loadEvidence: null };
/** Results of one worker below which their median is chance. */
const MIN_OF_SOURCE = 3;
/** Number of newest results: the last twenty predict the next one best. */
const LOAD_WINDOW = 20;
/** A smaller slow-down counts as chance: the median of twenty results varies by as much. */
const NOTICED_FROM = 2;
/** Exponent of the measured slow-down: long runs slow down less than short ones. */
export const LOAD_WEIGHT = 0.5;
/** Largest load factor: a larger slow-down shows in the durations themselves soon enough. */
export const LOAD_MAX = 3;

/**
 * Current slow-down against the expected duration: of the same executable or model if that has run lately, else of all work
 * of the tenant. Never below 1; 1 for a slow-down that may be chance. It lengthens the deadline of this moment and changes
 * nothing in the history of the class.
 */
export function loadFactor({ history, tenant, jobClass }: LoadRequest): LoadFactor {
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

/** Median of the workers' medians, so that one slow worker does not decide it. */
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

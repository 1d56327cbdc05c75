import type { EstimatorPolicy } from '@leeway/contract';
import type { ChosenLevel } from './level-choice.js';
import { type LevelState, quantileAmong } from '../history/level-state.js';
import type { RunningAges } from '../history/running-ages.js';

/** What such work usually takes, before margin and load. */
export interface UsualDuration {
  /** The policy's quantile of what ended by itself, moved towards what is known of the class and of its kin. */
  baseMs: number;
  /** How many times the quantile of the level itself that is; 1 where the level is all that is known. */
  ratio: number;
  /** How many times as long as the level's runs those of the class take in the mean. */
  meanRatio: number;
  /** True when the quantile lies among runs that did not end: something has changed, or much of it hangs. */
  endless: boolean;
  /** Running attempts that are older are taken to hang. */
  suspectMs: number;
}

/** Below this many results the figures of the parent are no better than one's own. */
const MIN_PARENT = 40;
/** The newest results say whether something has just changed, so they do not count as the usual share of hangs. */
const NEWEST = 30;

/**
 * The high quantile of a level. Runs in progress that have outlasted a duration count as longer than it: the first
 * completions of a burst are always the short ones. What is taken to hang does not count.
 */
export function usualDuration(
  chosen: ChosenLevel,
  ages: RunningAges,
  question: { nowMs: number; policy: EstimatorPolicy },
): UsualDuration {
  const { state } = chosen;
  const { policy, nowMs } = question;
  const hangs = hungShare(chosen);
  const excessHangs = Math.max(0, hangs - policy.hangShare);
  const spared = Math.min(
    policy.hangShareMax * state.size,
    policy.hangsSpared + policy.hangShareFactor * excessHangs * state.size,
  );
  const suspectMs = Math.min(
    nowMs - state.sinceMs,
    hangs > policy.hangSuspectShare ? hangSuspectMs(state, ages, policy) : Infinity,
  );
  const longer = (valueMs: number) =>
    Math.max(0, state.open.countAbove(valueMs) + ages.longerThan(valueMs, suspectMs) - spared);
  const quantileMs = quantileAmong(state.exact, policy.quantile, longer);
  const endless = quantileMs === Infinity;
  const parentRatio = towardsParent(chosen, policy);
  const classRatio = towardsClass(chosen, policy);
  const foundMs = endless ? state.exact.quantile(policy.quantile) : quantileMs;
  const levelMs = parentRatio * foundMs;
  const baseMs = towardsOwnRuns(classRatio * levelMs, { levelMs, chosen, policy });
  return { baseMs, ratio: baseMs / foundMs, meanRatio: classRatio, endless, suspectMs };
}

/**
 * A slow class is slow because its runs come near the level's long ones, not because it has a tail of its own as much
 * longer. So what is usual for it lies between the level's quantile and the longest of its own runs, and comes nearer to
 * its own quantile with every run.
 */
function towardsOwnRuns(
  movedMs: number,
  { levelMs, chosen, policy }: { levelMs: number; chosen: ChosenLevel; policy: EstimatorPolicy },
): number {
  const own = chosen.within.at(-1)?.exact;
  if (own === undefined) return movedMs;
  const longestMs = Math.max(...chosen.within.map(({ exact }) => exact.at(exact.size - 1)));
  const boundedMs = Math.min(Math.max(levelMs, longestMs), Math.max(movedMs, Math.min(levelMs, longestMs)));
  const trust = own.size < policy.minBorrow ? 0 : own.size / (own.size + policy.quantileShrink);
  return boundedMs * (own.quantile(policy.quantile) / boundedMs) ** trust;
}

/** How much of this work hangs and hangs again, leaving out the newest results: they may be a slow-down that has just begun. */
function hungShare({ state, parent }: ChosenLevel): number {
  const own = state.hungShare(NEWEST);
  return parent === undefined ? own : (own + parent.hungShare(NEWEST)) / 2;
}

/**
 * Where much hangs: the age from which a running attempt is taken to hang rather than to be slow. That is several times
 * the usual, while many that began after it have ended. In a slow-down nothing overtakes, so there all go on counting.
 */
function hangSuspectMs(state: LevelState, ages: RunningAges, policy: EstimatorPolicy): number {
  const longMs = policy.hangSuspect * state.exact.quantile(policy.quantile);
  if (ages.oldestMs() <= longMs) return Infinity;
  return Math.max(longMs, ages.nowMs - state.nthLastStartMs(policy.overtakers));
}

/** Few results make a poor high quantile; the parent's, moved by how much quicker or slower this level is, mends it. */
function towardsParent({ state, parent }: ChosenLevel, policy: EstimatorPolicy): number {
  if (parent === undefined || parent.exact.size < MIN_PARENT) return 1;
  const ownLog = Math.log(state.exact.quantile(policy.quantile));
  const predictedLog = Math.log(parent.exact.quantile(policy.quantile)) + state.meanLog - parent.meanLog;
  const doubt = policy.quantileShrink / (state.exact.size + policy.quantileShrink);
  return Math.exp(doubt * (predictedLog - ownLog));
}

/** A class with a handful of results has no quantile of its own, but it does have a mean. */
function towardsClass({ state, within }: ChosenLevel, policy: EstimatorPolicy): number {
  let meanLog = state.meanLog;
  for (const inner of within)
    meanLog += (inner.meanLog - meanLog) * (inner.exact.size / (inner.exact.size + policy.meanShrink));
  return Math.exp(meanLog - state.meanLog);
}

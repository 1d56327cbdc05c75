import type { ChosenLevel } from './level-choice.js';
import type { LevelState } from '../history/level-state.js';
import type { RunningAges } from '../history/running-ages.js';
import { quantileAmong } from '../history/sorted-values.js';
import { MIN_BORROW, type Rules } from './rules.js';

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
/** A class with this many results counts half with its own mean, half with that of the level above: runs of one class differ about as much as classes of one kind. */
const MEAN_SHRINK = 5;
/** The same for the quantile of a level and that of its parent: with this many results it is still the largest of them. */
const QUANTILE_SHRINK = 15;

/** Runs of a window that did not end and count as hung, not as slow: where 2 % hang a window of a hundred shows this many. */
const HANGS_SPARED = 2;
/** A class of which more than this share has hung for a while is expected to keep hanging: well above what chance makes of 1 %. */
const HANG_SHARE = 0.03;
/** The share above it, times this, is expected to hang: first attempts and retries that still run hang at the same rate. */
const HANG_SHARE_FACTOR = 5;
/** Largest share of a window that counts as hung: when more does not end, the work itself has become slower. */
const HANG_SHARE_MAX = 0.2;

/** Running attempts count as hung only where more than this share of the results hung: twice the 1 % that is usual. */
const SUSPECT_SHARE = 0.02;
/** A running attempt that has lasted this many times the quantile, and was overtaken, counts as hung: it is hardly ever slow. */
const SUSPECT_FROM = 3;
/** Overtaken: so many that began after it have ended. In a slow-down nothing is overtaken by as many. */
const OVERTAKERS = 20;

/**
 * The high quantile of a level. Runs in progress that have outlasted a duration count as longer than it: the first
 * completions of a burst are always the short ones. What is taken to hang does not count.
 */
export function usualDuration(
  chosen: ChosenLevel,
  ages: RunningAges,
  question: { nowMs: number; rules: Rules },
): UsualDuration {
  const { state } = chosen;
  const { rules, nowMs } = question;
  const hangs = hungShare(chosen);
  const excessHangs = Math.max(0, hangs - HANG_SHARE);
  const spared = Math.min(HANG_SHARE_MAX * state.size, HANGS_SPARED + HANG_SHARE_FACTOR * excessHangs * state.size);
  const suspectMs = Math.min(
    nowMs - state.sinceMs,
    hangs > SUSPECT_SHARE ? hangSuspectMs(state, ages, rules) : Infinity,
  );
  const longer = (valueMs: number) =>
    Math.max(0, state.unended.countAbove(valueMs) + ages.longerThan(valueMs, suspectMs) - spared);
  const quantileMs = quantileAmong(state.exact, rules.quantile, longer);
  const endless = quantileMs === Infinity;
  const parentRatio = towardsParent(chosen, rules);
  const classRatio = towardsClass(chosen);
  const foundMs = endless ? state.exact.quantile(rules.quantile) : quantileMs;
  const levelMs = parentRatio * foundMs;
  const baseMs = towardsOwnRuns(classRatio * levelMs, { levelMs, chosen, rules });
  return { baseMs, ratio: baseMs / foundMs, meanRatio: classRatio, endless, suspectMs };
}

/**
 * A slow class is slow because its runs come near the level's long ones, not because it has a tail of its own as much
 * longer. So what is usual for it lies between the level's quantile and the longest of its own runs, and comes nearer to
 * its own quantile with every run.
 */
function towardsOwnRuns(
  movedMs: number,
  { levelMs, chosen, rules }: { levelMs: number; chosen: ChosenLevel; rules: Rules },
): number {
  const own = chosen.within.at(-1)?.exact;
  if (own === undefined) return movedMs;
  const longestMs = Math.max(...chosen.within.map(({ exact }) => exact.at(exact.size - 1)));
  const boundedMs = Math.min(Math.max(levelMs, longestMs), Math.max(movedMs, Math.min(levelMs, longestMs)));
  const trust = own.size < MIN_BORROW ? 0 : own.size / (own.size + QUANTILE_SHRINK);
  return boundedMs * (own.quantile(rules.quantile) / boundedMs) ** trust;
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
function hangSuspectMs(state: LevelState, ages: RunningAges, { quantile }: Rules): number {
  const longMs = SUSPECT_FROM * state.exact.quantile(quantile);
  if (ages.oldestMs() <= longMs) return Infinity;
  return Math.max(longMs, ages.nowMs - state.nthLastStartMs(OVERTAKERS));
}

/** Few results make a poor high quantile; the parent's, moved by how much quicker or slower this level is, mends it. */
function towardsParent({ state, parent }: ChosenLevel, { quantile }: Rules): number {
  if (parent === undefined || parent.exact.size < MIN_PARENT) return 1;
  const ownLog = Math.log(state.exact.quantile(quantile));
  const predictedLog = Math.log(parent.exact.quantile(quantile)) + state.meanLog - parent.meanLog;
  const doubt = QUANTILE_SHRINK / (state.exact.size + QUANTILE_SHRINK);
  return Math.exp(doubt * (predictedLog - ownLog));
}

/** A class with a handful of results has no quantile of its own, but it does have a mean. */
function towardsClass({ state, within }: ChosenLevel): number {
  let meanLog = state.meanLog;
  for (const inner of within)
    meanLog += (inner.meanLog - meanLog) * (inner.exact.size / (inner.exact.size + MEAN_SHRINK));
  return Math.exp(meanLog - state.meanLog);
}

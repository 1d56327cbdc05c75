import type { ChosenLevel } from './level-choice.js';
import type { LevelState } from '../history/level-state.js';
import type { RunningAges } from '../history/running-attempts.js';
import { quantileAmong } from '../history/sorted-values.js';
import { MIN_BORROW, type Rules } from './rules.js';

/** Usual duration of such work, before margin and load. */
export interface UsualDuration {
  /** Quantile of the runs that ended by themselves, corrected by the results of the class and of similar work. */
  baseMs: number;
  /** `baseMs` divided by the quantile of the level itself. */
  ratio: number;
  /** Mean duration of the class divided by that of the level. */
  meanRatio: number;
  /** The quantile is among runs that did not end: the work has changed, or much of it hangs. */
  endless: boolean;
  /** Age from which a running attempt counts as hung. */
  suspectMs: number;
}

/** With fewer results the parent's quantile is no better than that of the level. */
const MIN_PARENT = 40;
/** The newest results may be a slow-down that has just begun, so they do not count for the usual share of hangs. */
const NEWEST = 30;
/** With this many results the mean of a class and that of the level above count half each: runs of one class differ about as much as classes of one kind. */
const MEAN_SHRINK = 5;
/** The same for the quantile of a level and that of its parent: with this many results it is still the largest of them. */
const QUANTILE_SHRINK = 15;

/** Unended runs of a ring that count as hung, not as slow: with 2 % hangs a hundred results have this many. */
const HANGS_SPARED = 2;
/** Share of hung results from which a class is expected to keep hanging: well above what chance makes of 1 %. */
const HANG_SHARE = 0.03;
/** Factor on the share above it for runs expected to hang: first attempts and retries that still run hang at the same rate. */
const HANG_SHARE_FACTOR = 5;
/** Largest share of a ring that counts as hung: when more does not end, the work itself has become slower. */
const HANG_SHARE_MAX = 0.2;

/** Share of hung results from which running attempts may count as hung: twice the usual 1 %. */
const SUSPECT_SHARE = 0.02;
/** A running attempt counts as hung from this many times the quantile on, if it was overtaken: then it is hardly ever slow. */
const SUSPECT_FROM = 3;
/** Overtaken: this many attempts that began later have ended. In a slow-down no attempt is overtaken by so many. */
const OVERTAKERS = 20;

/**
 * High quantile of a level. Running attempts older than a duration count as longer than it, since the short runs of a burst
 * end first. Attempts that count as hung are left out.
 */
export function usualDuration(
  chosen: ChosenLevel,
  ages: RunningAges,
  now: { nowMs: number; rules: Rules },
): UsualDuration {
  const { state } = chosen;
  const { rules, nowMs } = now;
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
 * The runs of a slow class are near the long runs of its level; they rarely have a longer tail than those. So its usual
 * duration lies between the level's quantile and the longest of its own runs, and comes nearer to its own quantile with
 * every run.
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

/** Share of this work that hangs on both attempts, without the newest results. */
function hungShare({ state, parent }: ChosenLevel): number {
  const own = state.hungShare(NEWEST);
  return parent === undefined ? own : (own + parent.hungShare(NEWEST)) / 2;
}

/** Age from which a running attempt counts as hung, where much hangs: several times the quantile, and overtaken by many. */
function hangSuspectMs(state: LevelState, ages: RunningAges, { quantile }: Rules): number {
  const longMs = SUSPECT_FROM * state.exact.quantile(quantile);
  if (ages.oldestMs() <= longMs) return Infinity;
  return Math.max(longMs, ages.nowMs - state.nthLastStartMs(OVERTAKERS));
}

/** Few results make a poor high quantile, so the parent's counts too, scaled by the ratio of the means. */
function towardsParent({ state, parent }: ChosenLevel, { quantile }: Rules): number {
  if (parent === undefined || parent.exact.size < MIN_PARENT) return 1;
  const ownLog = Math.log(state.exact.quantile(quantile));
  const predictedLog = Math.log(parent.exact.quantile(quantile)) + state.meanLog - parent.meanLog;
  const doubt = QUANTILE_SHRINK / (state.exact.size + QUANTILE_SHRINK);
  return Math.exp(doubt * (predictedLog - ownLog));
}

/** A class with a handful of results has a mean, but no high quantile. */
function towardsClass({ state, within }: ChosenLevel): number {
  let meanLog = state.meanLog;
  for (const inner of within)
    meanLog += (inner.meanLog - meanLog) * (inner.exact.size / (inner.exact.size + MEAN_SHRINK));
  return Math.exp(meanLog - state.meanLog);
}

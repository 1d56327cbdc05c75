import { isWithoutTimeout, type Cap, type Decision } from './decision.js';
import { durationText } from '../format/duration.js';

const PERCENT = 100;
/** A factor nearer to 1 than this is left out. */
const SHOWN = 0.05;

const CAP_REASONS: Record<Cap['name'], string> = {
  floor: 'no deadline is shorter',
  cold_floor: 'no deadline that is borrowed from other work is shorter',
  explicit: 'the submission asked for it',
  backstop: 'the longest attempt that the policy allows',
  tier: "the tier's limit for one attempt",
  policy_max: "the policy's limit for work of this kind",
  overall: 'all that is left of the overall limit',
  complete_by: 'all that is left until completeBy',
  mode: 'all that is left of the mode that the submission asked for',
  share: 'its part of the time of the workflow',
  budget: 'the steps behind it need the rest of the time of the workflow',
  retry: 'more than the deadline that ended the attempt before',
  slow_runs:
    'several runs like it took longer than the deadline that ended the attempt before, so it may take as long as the longest of them',
  rate_of_change: 'as far as a deadline may move at once',
  phases: 'the end of its last phase',
  unended: 'several runs did not end in time, so it follows the longest of them',
  hang_bound: 'runs that did not end call for more, but work that keeps hanging gets no more than that',
};

/** Limits that make a deadline longer; all others make it shorter. */
const RAISING: readonly Cap['name'][] = ['floor', 'cold_floor', 'retry', 'slow_runs', 'unended', 'hang_bound'];

/** A decision as a sentence for people who do not know the estimator. */
export function decisionSentence(decision: Omit<Decision, 'sentence'>): string {
  const cap = decision.caps.findLast(({ bit, name }) => bit && name !== 'explicit' && name !== 'backstop');
  const moved = cap === undefined ? '' : ` ${capSentence(cap)}`;
  if (decision.basis === 'no_timeout') return `${withoutTimeout(decision)}${moved}`;
  const deadline = `Deadline ${durationText(decision.deadlineMs)}`;
  return `${deadline}: ${reason(decision)}.${profileSentence(decision)}${moved}`;
}

function withoutTimeout(decision: Omit<Decision, 'sentence'>): string {
  const { deadlineMs, idleMs, firstOutputMs, toolMs } = decision;
  const others = [
    ...(firstOutputMs === null ? [] : [`${durationText(firstOutputMs)} before its first output`]),
    ...(toolMs === null || toolMs === idleMs ? [] : [`${durationText(toolMs)} while a tool runs`]),
  ];
  const silent = `it is silent for ${durationText(idleMs ?? deadlineMs)}${others.length === 0 ? '' : ` (${others.join(', ')})`}`;
  const asked = 'No timeout, as the submission asked';
  if (!isWithoutTimeout(decision)) return `${asked}: it ends when ${silent}.`;
  return `${asked}: it ends only when ${silent}, or at the backstop after ${durationText(deadlineMs)}.`;
}

function profileSentence({ profile, basis }: Omit<Decision, 'sentence'>): string {
  if (profile === undefined || (basis !== 'history' && basis !== 'borrowed')) return '';
  return ` The profile ${profile.name} makes that ${Number(profile.margin.toFixed(2))} times what it would be.`;
}

function capSentence({ name, limitMs }: Cap): string {
  return `${RAISING.includes(name) ? 'Raised' : 'Limited'} to ${durationText(limitMs)}: ${CAP_REASONS[name]}.`;
}

function reason(decision: Omit<Decision, 'sentence'>): string {
  const { basis, override } = decision;
  if (basis === 'explicit') return 'the limit that the submission asked for';
  if (basis === 'static') return `${override ?? 'history could not be read'}, so the fixed limit of the policy applies`;
  if (basis === 'prior')
    return `${override ?? unknown(decision)}, so the wide default of the policy applies${elsewhere(decision)}`;
  return `${multiple(decision)}; ${evidence(decision)}`;
}

function unknown({ level, samples }: Omit<Decision, 'sentence'>): string {
  if (level !== null) return 'too little like it has run for this tenant yet';
  if (samples === 0) return 'nothing like it has run yet';
  return samples === 1 ? 'only one run like it has ended yet' : `only ${samples} runs like it have ended yet`;
}

function elsewhere({ level, expectedMs }: Omit<Decision, 'sentence'>): string {
  return level === null || expectedMs === null
    ? ''
    : `; among all tenants half of the runs of ${level} took no longer than ${durationText(expectedMs)}`;
}

function multiple(decision: Omit<Decision, 'sentence'>): string {
  const { margin, baseMs, loadFactor, loadEvidence, workerFactor } = decision;
  const load =
    Math.abs(loadFactor - 1) < SHOWN
      ? ''
      : `, times ${loadFactor.toFixed(2)} because ${loadEvidence ?? 'work is slower right now'}`;
  const slow =
    workerFactor === undefined
      ? ''
      : `, times ${workerFactor.toFixed(2)} because this worker takes so much longer than the others`;
  return `${Number((margin ?? 1).toFixed(2))} times ${durationText(baseMs ?? 0)}${load}${slow}`;
}

/** The quantile that is multiplied; with the quantile of the level, where similar work has corrected it. */
function evidence(decision: Omit<Decision, 'sentence'>): string {
  const { basis, level, samples, censored, quantile, baseMs, ratio = 1, caps } = decision;
  const whose = basis === 'history' ? `of ${level}` : `of ${level}, the nearest work that has enough of them,`;
  const moved = Math.abs(ratio - 1) >= SHOWN && baseMs !== null;
  const than = moved ? durationText(baseMs / ratio) : 'that';
  const corrected = moved ? `, and by similar runs ${Number(ratio.toFixed(2))} times that is usual here` : '';
  const endless = caps.some(({ name }) => name === 'unended' || name === 'hang_bound');
  const which = endless ? 'ended ones among the last' : 'last';
  const stopped = censored === 0 ? '' : ` (${censored} of them stopped before they ended)`;
  return `${Math.round((quantile ?? 0) * PERCENT)} % of the ${which} ${samples} runs ${whose} took no longer than ${than}${stopped}${corrected}`;
}

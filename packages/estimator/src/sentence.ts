import type { Cap, Decision } from '@leeway/contract';
import { durationWords } from './duration-words.js';

const PERCENT = 100;
const LOAD_SHOWN = 0.05;

const CAP_WORDS: Record<Cap['name'], string> = {
  floor: 'no deadline is shorter',
  cold_floor: 'no deadline that is borrowed from other work is shorter',
  explicit: 'the submission asked for it',
  tier: "the tier's limit for one attempt",
  policy_max: "the policy's limit for work of this kind",
  overall: 'all that is left of the overall limit',
  complete_by: 'all that is left until completeBy',
  mode: 'all that is left of the mode that the submission asked for',
  share: 'its part of the time of the workflow',
  budget: 'the steps behind it need the rest of the time of the workflow',
  retry: 'more than the deadline that ended the attempt before',
  rate_of_change: 'as far as a deadline may move at once',
  phases: 'the end of its last phase',
  hang_bound: 'bounded, because this work keeps hanging',
};

/** These make a deadline longer; all others make it shorter. */
const RAISING: readonly Cap['name'][] = ['floor', 'cold_floor', 'retry'];

/** A decision in words that a person understands without knowing the estimator. */
export function decisionSentence(decision: Omit<Decision, 'sentence'>): string {
  const deadline = `Deadline ${durationWords(decision.deadlineMs)}`;
  const cap = decision.caps.findLast(({ bit, name }) => bit && name !== 'explicit');
  const moved = cap === undefined ? '' : ` ${capSentence(cap)}`;
  return `${deadline}: ${reason(decision)}.${profileSentence(decision)}${moved}`;
}

function profileSentence({ profile, basis }: Omit<Decision, 'sentence'>): string {
  if (profile === undefined || (basis !== 'history' && basis !== 'borrowed')) return '';
  return ` The profile ${profile.name} makes that ${Number(profile.margin.toFixed(2))} times what it would be.`;
}

function capSentence({ name, limitMs }: Cap): string {
  return `${RAISING.includes(name) ? 'Raised' : 'Limited'} to ${durationWords(limitMs)}: ${CAP_WORDS[name]}.`;
}

function reason(decision: Omit<Decision, 'sentence'>): string {
  const { basis, samples, level, baseMs, margin, quantile, censored } = decision;
  if (basis === 'explicit') return 'the limit that the submission asked for';
  if (basis === 'static')
    return `${decision.override ?? 'history could not be read'}, so the fixed limit of the policy holds`;
  if (basis === 'prior' && decision.override !== null)
    return `${decision.override}, so the wide default of the policy holds`;
  if (basis === 'prior' || baseMs === null || margin === null || quantile === null)
    return 'nothing like it has run yet, so the wide default of the policy holds';
  const load =
    Math.abs(decision.loadFactor - 1) < LOAD_SHOWN
      ? ''
      : `, times ${decision.loadFactor.toFixed(2)} because ${decision.loadEvidence ?? 'work is slower right now'}`;
  const stopped = censored === 0 ? '' : ` (${censored} of them stopped before they ended)`;
  const whose = basis === 'history' ? `of ${level}` : `of ${level}, which is the nearest work with enough of them`;
  return `${Number(margin.toFixed(2))} times ${durationWords(baseMs)}${load}; ${Math.round(quantile * PERCENT)} % of the last ${samples} runs ${whose} took no longer than that${stopped}`;
}

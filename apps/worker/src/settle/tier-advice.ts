import { durationText, kindPolicy, limitsFor, type Decision, type Policy, type TierLimits } from '@leeway/contract';
import type { AttemptWork } from '../decision/attempt-work.js';

export interface TierAdviceContext {
  work: AttemptWork;
  policy: Policy;
  /** The cap of the tier that ended the work. */
  layer: 'attemptMs' | 'overallMs';
  /** The part of the overall limit that earlier attempts and the pauses between them took. */
  spentMs: number;
}

/** Where more than this share of the runs did not end in their time, it is unknown how long 19 of 20 take. */
const UNKNOWN_FROM = 0.05;

/**
 * The advice for a job that the cap of its tier ended. A higher tier is recommended only if 19 of 20 runs like it would have
 * had enough time under it, by their history.
 */
export function tierAdvice(decision: Decision, context: TierAdviceContext): string {
  const { work } = context;
  const needMs = neededMs(decision);
  if (needMs === null)
    return `It is not known yet how long such work takes, so no higher tier can be recommended. ${CUT}`;
  const allowed = (limits: TierLimits) => allowedMs(limits, context);
  const own = allowed(limitsFor({ policy: context.policy, ...work }));
  const need = durationText(needMs);
  if (needMs <= own)
    return `19 of 20 runs like it take no longer than ${need}, for which the tier "${work.tier}" is enough: look at the output for what this one waited for.`;
  const higher = otherTiers(context).filter((limits) => allowed(limits) > own);
  const enough = higher.find((limits) => allowed(limits) >= needMs);
  if (enough !== undefined)
    return `19 of 20 runs like it take no longer than ${need}: submit it with a key of the tier "${enough.tier}", which allows ${allowedWords(enough, context)}.`;
  const highest = higher.length === 0 ? 'and there is no higher tier' : 'more than any higher tier allows';
  return `19 of 20 runs like it take up to ${need}, ${highest}. ${CUT}`;
}

const CUT = 'Cut it into smaller jobs, or ask the operator for more time.';

/** How long 19 of 20 runs like it take; null: unknown. */
function neededMs({ lateMs, samples, censored }: Decision): number | null {
  return lateMs === null || samples === 0 || censored / samples > UNKNOWN_FROM ? null : lateMs;
}

/** The tiers that keys may have, the smallest first; the tier of requests without keys is no plan to recommend. */
function otherTiers({ work, policy, layer }: TierAdviceContext): TierLimits[] {
  return Object.keys(policy.tiers)
    .filter((tier) => tier !== work.tier && tier !== policy.defaultTier)
    .map((tier) => limitsFor({ policy, tier, stream: work.stream }))
    .toSorted((a, b) => (a[layer] ?? Infinity) - (b[layer] ?? Infinity));
}

/** The time of an attempt like this one under other limits. */
function allowedMs(limits: TierLimits, { work, policy, layer, spentMs }: TierAdviceContext): number {
  const attemptMs = Math.min(
    limits.attemptMs ?? Infinity,
    kindPolicy(policy, work.kind).maxMs,
    policy.limits.maxAttemptMs,
  );
  if (layer === 'attemptMs') return attemptMs;
  return Math.min(attemptMs, (limits.overallMs ?? policy.limits.maxOverallMs) - spentMs);
}

function allowedWords(limits: TierLimits, { layer }: TierAdviceContext): string {
  const ms = limits[layer];
  const what = layer === 'attemptMs' ? 'for an attempt' : 'for all attempts together';
  return ms === null ? `as long as it takes ${what}` : `${durationText(ms)} ${what}`;
}

import { longestPauses, type ProviderPolicy } from './providers.js';

/** How a provider is called. */
export interface CallRules {
  /** Limit of one call by the provider's own policy, in ms; null: none. */
  readonly callMs: number | null;
  /** The longest pause before each repeat of a call that failed, in ms. */
  readonly pausesMs: readonly number[];
}

/** Nothing is repeated, and a call has no limit of its own. */
export const PLAIN_CALLS: CallRules = { callMs: null, pausesMs: [] };

/** As the provider of these that repeats most. */
export function callRules(providers: Readonly<Record<string, ProviderPolicy>>): CallRules {
  return Object.values(providers)
    .map(rulesOf)
    .reduce((most, each) => (each.pausesMs.length > most.pausesMs.length ? each : most), PLAIN_CALLS);
}

/** Of one provider. A Retry-After may make a pause longer; the step then ends before the last repeat. */
export function rulesOf(provider: ProviderPolicy): CallRules {
  return { callMs: provider.callMs, pausesMs: longestPauses(provider) };
}

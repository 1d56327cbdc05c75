import { longestPauses, type ProviderPolicy } from './providers.js';

/** How a provider is called. */
export interface CallRules {
  /** Limit of one call by the provider's own policy, in ms; null: none. */
  readonly callMs: number | null;
  /** The longest pause before each retry of a failed call, in ms. */
  readonly pausesMs: readonly number[];
}

/** Without retries, and without a limit of one call. */
export const PLAIN_CALLS: CallRules = { callMs: null, pausesMs: [] };

/** The rules of the provider with the most retries. */
export function callRules(providers: Readonly<Record<string, ProviderPolicy>>): CallRules {
  return Object.values(providers)
    .map(rulesOf)
    .reduce((most, each) => (each.pausesMs.length > most.pausesMs.length ? each : most), PLAIN_CALLS);
}

/** The rules of one provider. A Retry-After may make a pause longer; the step then ends before the last retry. */
export function rulesOf(provider: ProviderPolicy): CallRules {
  return { callMs: provider.callMs, pausesMs: longestPauses(provider) };
}

import { longestPauses, type ProviderPolicy } from './providers.js';

/** Calls to a provider: their limit and their retries. */
export interface CallRules {
  /** Limit of one call, in ms; null: none. */
  readonly callMs: number | null;
  /** Longest pause before each retry of a failed call, in ms. */
  readonly pausesMs: readonly number[];
}

/** Without retries, and without a limit of one call. */
export const PLAIN_CALLS: CallRules = { callMs: null, pausesMs: [] };

/** Rules of the provider with the most retries. */
export function callRules(providers: Readonly<Record<string, ProviderPolicy>>): CallRules {
  return Object.values(providers)
    .map(rulesOf)
    .reduce((most, each) => (each.pausesMs.length > most.pausesMs.length ? each : most), PLAIN_CALLS);
}

/** Rules of one provider. A Retry-After can make a pause longer; the step then ends before the last retry. */
export function rulesOf(provider: ProviderPolicy): CallRules {
  return { callMs: provider.callMs, pausesMs: longestPauses(provider) };
}

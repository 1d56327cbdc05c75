import { callRules, type CallRules } from './call-rules.js';
import { overlaid, type Environment, type EnvironmentsPolicy } from './environments.js';
import type { LimitsPolicy } from './limits.js';
import type { ProviderPolicy } from './providers.js';
import { NO_TIMEOUT, type Timeout } from '../job/timeout.js';
import { UNCAPPED, type TierPolicy } from './tiers.js';

/**
 * Defaults of the limits inside a tier, as shares of the outer ones: a provider's call with its retries < step < attempt <=
 * overall < client's wait.
 */
export interface LayerShares {
  /** Share of an attempt for one step of it, such as one model with all its calls. */
  readonly stepShare: number;
  /** Share of the step for a call until its first token. */
  readonly callShare: number;
  /** Share of the step that calls, retries and the pauses between them leave unused. */
  readonly retrySlack: number;
  /** Shortest call: retries are reduced until a call has this much. */
  readonly minCallMs: number;
  /** Place of the overall limit between the attempt (0) and the client's wait (1). */
  readonly overallShare: number;
}

export const LAYER_SHARES: LayerShares = {
  // The rest is for preparation, for reading the response, and for another model.
  stepShare: 0.9,
  // The rest is enough for another call.
  callShare: 0.66,
  // Connecting, and the work of the machine itself.
  retrySlack: 0.05,
  // A loaded model responds by then; two calls that are too short are worth less than one.
  minCallMs: 10_000,
  // Room for a second attempt after an early failure, and time to reply to the client.
  overallShare: 0.5,
};

/** The parts of a policy that the limits of a tier depend on. */
export interface TieredPolicy {
  readonly tiers: Readonly<Record<string, TierPolicy>>;
  readonly defaultTier: string;
  readonly environment: Environment;
  readonly environments: EnvironmentsPolicy;
  readonly limits: Pick<LimitsPolicy, 'maxAttemptMs' | 'maxOverallMs'>;
  readonly providers: Readonly<Record<string, ProviderPolicy>>;
}

export interface LimitsRequest {
  policy: TieredPolicy;
  /** Name of the tier; for an unknown name the default tier of the policy. */
  tier: string;
  /** Whether the job streams. */
  stream: boolean;
  /** Default: that of the policy. */
  environment?: Environment;
  /** Of the submission. With "none" the tier caps neither attempts nor steps nor all attempts together. */
  timeoutMs?: Timeout | undefined;
  /** Default: the rules of the provider with the most retries. */
  calls?: CallRules;
  /** Default: LAYER_SHARES. */
  layers?: LayerShares;
}

/** Limits of a tier, one for each layer, in ms; null: no limit. Inner limits fit into outer ones. */
export interface TierLimits {
  readonly tier: string;
  readonly environment: Environment;
  readonly stream: boolean;
  /** A call to a provider until its first token. After that there is no retry, and the step is its limit. */
  readonly callMs: number | null;
  /** Retries of such a call within a step. */
  readonly retries: number;
  /** Longest sum of the pauses before these retries. */
  readonly backoffMs: number;
  readonly stepMs: number | null;
  readonly attemptMs: number | null;
  readonly overallMs: number | null;
  /** Silence between two messages. */
  readonly clientWaitMs: number | null;
  readonly phaseMs: number | null;
  readonly maxPriority: number;
  /** Whether a job may have no timeout. */
  readonly allowsNoTimeout: boolean;
}

/** Effective limits of a tier in an environment, with or without streaming. Pure. */
export function limitsFor(request: LimitsRequest): TierLimits {
  const { policy, stream, environment = policy.environment, calls = callRules(policy.providers) } = request;
  const { layers = LAYER_SHARES } = request;
  const name = Object.hasOwn(policy.tiers, request.tier) ? request.tier : policy.defaultTier;
  const own = overlaid(policy.tiers[name] ?? UNCAPPED, name, policy.environments[environment]);
  const tier = request.timeoutMs === NO_TIMEOUT ? { ...own, ...WITHOUT_TIMEOUT } : own;
  const { maxAttemptMs, maxOverallMs } = policy.limits;
  const attemptMs = atMost((stream ? tier.streamingMs : null) ?? tier.attemptMs, Math.min(maxAttemptMs, maxOverallMs));
  const stepMs = tier.stepMs ?? part(attemptMs, layers.stepShare);
  return {
    tier: name,
    environment,
    stream,
    ...callLayer({ tier, stepMs, calls, layers }),
    stepMs,
    attemptMs,
    overallMs: atMost(tier.overallMs ?? between(attemptMs, tier.clientWaitMs, layers.overallShare), maxOverallMs),
    clientWaitMs: tier.clientWaitMs,
    phaseMs: tier.phaseMs,
    maxPriority: tier.maxPriority,
    allowsNoTimeout: tier.allowsNoTimeout,
  };
}

/** Without a timeout these layers have no limit. A call without a first token keeps its limit. */
const WITHOUT_TIMEOUT = { attemptMs: null, streamingMs: null, stepMs: null, overallMs: null } as const;

interface CallParts {
  tier: TierPolicy;
  stepMs: number | null;
  calls: CallRules;
  layers: LayerShares;
}

/** The call limit of the tier with its retries; else the longest call that leaves time for the retries. */
function callLayer({ tier, stepMs, calls, layers }: CallParts): Pick<TierLimits, 'callMs' | 'retries' | 'backoffMs'> {
  const most = Math.min(tier.retries ?? Infinity, calls.pausesMs.length);
  const backoffMs = (retries: number) => calls.pausesMs.slice(0, retries).reduce((sum, each) => sum + each, 0);
  const own = smaller(tier.callMs, calls.callMs);
  if (tier.callMs !== null || stepMs === null) return { callMs: own, retries: most, backoffMs: backoffMs(most) };
  const mostMs = Math.min(own ?? Infinity, Math.floor(layers.callShare * stepMs));
  const withRoom = (retries: number) =>
    Math.min(mostMs, Math.floor(((1 - layers.retrySlack) * stepMs - backoffMs(retries)) / (1 + retries)));
  const enoughMs = Math.min(layers.minCallMs, own ?? Infinity);
  let retries = most;
  while (tier.retries === null && retries > 0 && withRoom(retries) < enoughMs) retries -= 1;
  return { callMs: withRoom(retries), retries, backoffMs: backoffMs(retries) };
}

function part(ofMs: number | null, share: number): number | null {
  return ofMs === null ? null : Math.floor(ofMs * share);
}

function between(fromMs: number | null, toMs: number | null, share: number): number | null {
  return fromMs === null || toMs === null ? null : fromMs + Math.floor(Math.max(0, toMs - fromMs) * share);
}

function smaller(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

function atMost(ms: number | null, mostMs: number): number | null {
  return ms === null ? null : Math.min(ms, mostMs);
}

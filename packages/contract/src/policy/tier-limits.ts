import { callRules, type CallRules } from './call-rules.js';
import { overlaid, type Environment, type EnvironmentsPolicy } from './environments.js';
import type { LimitsPolicy } from './limits.js';
import type { ProviderPolicy } from './providers.js';
import { NO_TIMEOUT, type Timeout } from '../job/timeout.js';
import { UNCAPPED, type TierPolicy } from './tiers.js';

/**
 * How the limits of a tier nest where it does not name them itself: a provider's call with its retries < step < attempt <=
 * overall < client's wait.
 */
export interface LayerShares {
  /** Share of an attempt that one step of it may take, such as one model with all its calls. */
  readonly stepShare: number;
  /** Share of the step that a call may take that has not been answered yet. */
  readonly callShare: number;
  /** Share of the step that calls, retries and the pauses between them leave unused. */
  readonly retrySlack: number;
  /** Retries are given up as far as it takes to leave a call this much. */
  readonly minCallMs: number;
  /** Place of the overall limit on the way from the attempt to the client's wait. */
  readonly overallShare: number;
}

export const LAYER_SHARES: LayerShares = {
  // The rest is for preparation, for reading the answer, and for another model.
  stepShare: 0.9,
  // In the rest another call could still be answered.
  callShare: 0.66,
  // Connecting, and the work of the machine itself.
  retrySlack: 0.05,
  // A model that is loaded answers by then; two calls that are too short are worth less than one.
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

export interface LimitsQuestion {
  policy: TieredPolicy;
  /** Name of the tier. One that the policy does not have is taken for its default tier. */
  tier: string;
  /** Whether the job streams. */
  stream: boolean;
  /** Default: the one in force. */
  environment?: Environment;
  /** As in the submission: with "none" the tier caps neither attempts nor their steps, nor all attempts together. */
  timeoutMs?: Timeout | undefined;
  /** How the provider's calls are repeated. Default: as the provider that repeats most. */
  calls?: CallRules;
  /** Default: LAYER_SHARES. */
  layers?: LayerShares;
}

/** What a tier allows, one number for each layer, in ms; null: no limit of the tier. The inner ones fit into the outer ones. */
export interface TierLimits {
  readonly tier: string;
  readonly environment: Environment;
  readonly stream: boolean;
  /** One call to a provider that has not answered yet. Once it talks it is not repeated, and the step is its limit. */
  readonly callMs: number | null;
  /** So often such a call may be repeated within a step. */
  readonly retries: number;
  /** All pauses before those repeats, at their longest. */
  readonly backoffMs: number;
  readonly stepMs: number | null;
  readonly attemptMs: number | null;
  readonly overallMs: number | null;
  /** Silence between two messages. */
  readonly clientWaitMs: number | null;
  readonly phaseMs: number | null;
  readonly maxPriority: number;
  /** Whether a job may ask for no timeout at all. */
  readonly allowsNoTimeout: boolean;
}

/** The effective limits of a tier, in an environment, with or without streaming. Pure. */
export function limitsFor(question: LimitsQuestion): TierLimits {
  const { policy, stream, environment = policy.environment, calls = callRules(policy.providers) } = question;
  const { layers = LAYER_SHARES } = question;
  const name = Object.hasOwn(policy.tiers, question.tier) ? question.tier : policy.defaultTier;
  const own = overlaid(policy.tiers[name] ?? UNCAPPED, name, policy.environments[environment]);
  const tier = question.timeoutMs === NO_TIMEOUT ? { ...own, ...WITHOUT_TIMEOUT } : own;
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

/** The layers that bound how long work runs; what bounds one call that does not answer stays. */
const WITHOUT_TIMEOUT = { attemptMs: null, streamingMs: null, stepMs: null, overallMs: null } as const;

interface CallParts {
  tier: TierPolicy;
  stepMs: number | null;
  calls: CallRules;
  layers: LayerShares;
}

/** A call that the tier names, with the repeats that are asked for; else the longest one that leaves room for them. */
function callLayer({ tier, stepMs, calls, layers }: CallParts): Pick<TierLimits, 'callMs' | 'retries' | 'backoffMs'> {
  const wanted = Math.min(tier.retries ?? Infinity, calls.pausesMs.length);
  const backoffMs = (retries: number) => calls.pausesMs.slice(0, retries).reduce((sum, each) => sum + each, 0);
  const own = smaller(tier.callMs, calls.callMs);
  if (tier.callMs !== null || stepMs === null) return { callMs: own, retries: wanted, backoffMs: backoffMs(wanted) };
  const mostMs = Math.min(own ?? Infinity, Math.floor(layers.callShare * stepMs));
  const withRoom = (retries: number) =>
    Math.min(mostMs, Math.floor(((1 - layers.retrySlack) * stepMs - backoffMs(retries)) / (1 + retries)));
  const enoughMs = Math.min(layers.minCallMs, own ?? Infinity);
  let retries = wanted;
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

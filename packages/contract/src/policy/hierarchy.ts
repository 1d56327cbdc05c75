import { SECOND_MS } from '../format/duration.js';
import { PLAIN_CALLS, rulesOf, type CallRules } from './call-rules.js';
import { ENVIRONMENTS, EVERY_TIER, type Environment } from './environments.js';
import { LAYER_SHARES, limitsFor, type TieredPolicy, type TierLimits } from './tier-limits.js';
import { TIERS } from './tiers.js';

/** A provider and its call rules. */
type NamedCalls = readonly [name: string, calls: CallRules];

interface Layer {
  name: string;
  ms: number | null;
}

/**
 * Problems of the limits of the tiers, in every environment, with and without streaming, for every provider. The limits nest:
 * a call with its retries < step < attempt <= overall < client's wait; and messages come more often than the client's wait.
 */
export function hierarchyProblems(
  policy: TieredPolicy & { supervision: { progressEveryMs: number } },
  providers: readonly NamedCalls[] = namedCalls(policy),
  layers = LAYER_SHARES,
): string[] {
  const unknown = unknownTiers(policy);
  if (unknown.length > 0) return unknown;
  const found = new Map<string, { tier: string; provider: string; environments: Set<Environment> }>();
  for (const tier of Object.keys(policy.tiers)) {
    for (const environment of ENVIRONMENTS) {
      for (const stream of [false, true]) {
        for (const [provider, calls] of providers) {
          const limits = limitsFor({ policy, tier, environment, stream, calls, layers });
          for (const problem of [...brokenLayers(limits), ...rareMessages(limits, policy.supervision)]) {
            const text = `${stream ? ', with streaming' : ''}: ${problem}`;
            const entry = found.get(`${tier}${text}`) ?? { tier, provider, environments: new Set() };
            entry.environments.add(environment);
            found.set(`${tier}${text}`, entry);
          }
        }
      }
    }
  }
  return [...found].map(([key, { tier, provider, environments }]) => {
    const where = environments.size === ENVIRONMENTS.length ? '' : ` in ${[...environments].join(', ')}`;
    const which = provider === '' ? '' : `, calls to ${provider}`;
    return `  tiers.${tier}${where}${which}${key.slice(tier.length)}`;
  });
}

/** Without a provider in the policy, a user's handlers may still call one. */
function namedCalls({ providers }: TieredPolicy): NamedCalls[] {
  const named = Object.entries(providers).map(([name, provider]): NamedCalls => [name, rulesOf(provider)]);
  return named.length === 0 ? [['', PLAIN_CALLS]] : named;
}

/** Compares the layers from the inside out, without those that have no limit. */
function brokenLayers(limits: TierLimits): string[] {
  const { callMs, retries, backoffMs, stepMs, attemptMs, overallMs, clientWaitMs, phaseMs } = limits;
  const layers: Layer[] = [
    { name: 'call', ms: callMs === null ? null : callMs * (1 + retries) + backoffMs },
    { name: 'step', ms: stepMs },
    { name: 'attempt', ms: attemptMs },
    { name: 'overall', ms: overallMs },
    { name: "client's wait", ms: clientWaitMs },
  ];
  const known = layers.filter((layer): layer is { name: string; ms: number } => layer.ms !== null);
  const problems: string[] = [];
  if (callMs !== null && callMs < 1) problems.push(`the retries leave no time for a call: ${chain(limits)}`);
  for (const [index, outer] of known.entries()) {
    const inner = known[index - 1];
    if (inner === undefined) continue;
    const equalIsFine = inner.name === 'attempt' && outer.name === 'overall';
    if (inner.ms > outer.ms || (inner.ms === outer.ms && !equalIsFine))
      problems.push(
        `${inner.name} (${layerText(inner, limits)}) has to be ${equalIsFine ? 'at most' : 'less than'} ${outer.name} (${seconds(outer.ms)}): ${chain(limits)}`,
      );
  }
  if (phaseMs !== null && attemptMs !== null && phaseMs > attemptMs)
    problems.push(`phase (${seconds(phaseMs)}) has to be at most attempt (${seconds(attemptMs)})`);
  return problems;
}

function rareMessages({ clientWaitMs }: TierLimits, { progressEveryMs }: { progressEveryMs: number }): string[] {
  if (clientWaitMs === null || progressEveryMs < clientWaitMs) return [];
  return [
    `supervision.progressEveryMs (${seconds(progressEveryMs)}) has to be less than client's wait (${seconds(clientWaitMs)}), the longest silence between two messages that a client accepts`,
  ];
}

function layerText({ name, ms }: { name: string; ms: number }, limits: TierLimits): string {
  return name === 'call' ? callText(limits) : seconds(ms);
}

function callText({ callMs, retries, backoffMs }: TierLimits): string {
  const call = seconds(callMs ?? 0);
  if (retries === 0) return call;
  return `${call} x (1 + ${retries}) + ${seconds(backoffMs)} back-off = ${seconds((callMs ?? 0) * (1 + retries) + backoffMs)}`;
}

/** All layers in one line, with their numbers. */
function chain(limits: TierLimits): string {
  const { callMs, stepMs, attemptMs, overallMs, clientWaitMs } = limits;
  const parts = [
    callMs === null ? undefined : `call ${callText(limits)}`,
    stepMs === null ? undefined : `step ${seconds(stepMs)}`,
    attemptMs === null ? undefined : `attempt ${seconds(attemptMs)}`,
    overallMs === null ? undefined : `overall ${seconds(overallMs)}`,
    clientWaitMs === null ? undefined : `client's wait ${seconds(clientWaitMs)}`,
  ];
  return parts.filter((part) => part !== undefined).join(' -> ');
}

/** Overlays of unknown tiers. A default tier may be removed, although a default overlay still names it. */
function unknownTiers({ environments, tiers }: TieredPolicy): string[] {
  return ENVIRONMENTS.flatMap((environment) =>
    Object.keys(environments[environment])
      .filter((name) => name !== EVERY_TIER && !Object.hasOwn(tiers, name) && !Object.hasOwn(TIERS, name))
      .map(
        (name) =>
          `  environments.${environment}.${name}: no tier "${name}"; known are ${Object.keys(tiers).join(', ')}`,
      ),
  );
}

function seconds(ms: number): string {
  return `${Number((ms / SECOND_MS).toFixed(3))} s`;
}

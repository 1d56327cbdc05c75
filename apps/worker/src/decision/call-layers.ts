import { limitsFor, PLAIN_CALLS, rulesOf, type Policy } from '@leeway/contract';
import type { AttemptWork } from './attempt-work.js';

/** How long the calls of a handler to others may take under the tier of its job, in ms; null: as long as the attempt. */
export interface CallLayers {
  readonly tier: string;
  /** One call that has not answered yet. */
  readonly callMs: number | null;
  /** So often a call that failed may be repeated. */
  readonly retries: number;
  /** One step: the calls for one model, their repeats and the pauses between them. */
  readonly stepMs: number | null;
}

/** The inner layers of the tier. The numbers are those that were checked when the policy was loaded. */
export function callLayers(
  {
    kind,
    input,
    tier,
    stream,
    limits: { timeoutMs },
  }: Pick<AttemptWork, 'kind' | 'input' | 'tier' | 'stream' | 'limits'>,
  policy: Policy,
): CallLayers {
  const named = kind === 'chat' ? (input as { provider?: string } | null)?.provider : undefined;
  const provider = policy.providers[named ?? Object.keys(policy.providers)[0] ?? ''];
  const calls = provider === undefined ? PLAIN_CALLS : rulesOf(provider);
  const limits = limitsFor({ policy, tier, stream, timeoutMs, calls });
  return { tier: limits.tier, callMs: limits.callMs, retries: limits.retries, stepMs: limits.stepMs };
}

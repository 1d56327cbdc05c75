import { z } from 'zod';
import { DAY_MS, SECOND_MS } from '../format/duration.js';
import { count, ms } from './setting.js';

/** Documentation of a field of a tier. The defaults are in TIERS, per tier. */
interface FieldDoc {
  meaning: string;
  unit: string;
  reason: string;
}

const TIER_MOST_MS = 7 * DAY_MS;

function duration(doc: FieldDoc) {
  return ms(1, TIER_MOST_MS)
    .nullable()
    .optional()
    .meta({ ...doc, default: null });
}

/** A tier in a policy file. Absent fields are as in the default tier of that name. */
export const tierChangeSchema = z.strictObject({
  attemptMs: duration({
    meaning: 'Longest attempt; null: the policy maximum',
    unit: 'ms',
    reason: 'Part of what the plan sells',
  }),
  streamingMs: duration({
    meaning: 'Longest attempt of a job that streams; null: as attemptMs',
    unit: 'ms',
    reason: 'A person who sees the output grow waits longer',
  }),
  clientWaitMs: duration({
    meaning: 'Silence between two messages after which a client of this plan disconnects; null: unknown',
    unit: 'ms',
    reason: 'All other limits have to fit into it',
  }),
  phaseMs: duration({
    meaning: 'Longest phase of a streamed answer; null: no cap',
    unit: 'ms',
    reason: 'A phase is a part of an attempt',
  }),
  overallMs: duration({
    meaning:
      "Longest time over all attempts; null: half-way between the attempt and the client's wait, or the policy maximum where no wait is known",
    unit: 'ms',
    reason: 'The reply, good or bad, comes while the client still waits',
  }),
  stepMs: duration({
    meaning: 'Longest step of an attempt, such as one model with all its calls; null: 90 % of the attempt',
    unit: 'ms',
    reason: 'Leaves time for what follows the calls',
  }),
  callMs: duration({
    meaning:
      'Longest call to a provider before its first token; null: two thirds of the step, or what the retries leave of it',
    unit: 'ms',
    reason: 'A call that hangs leaves time for another one',
  }),
  retries: count(0, 100).nullable().optional().meta({
    meaning: "Most retries of a provider's call within an attempt; null: those of the provider, as far as they fit",
    unit: 'retries',
    reason: 'A short attempt has no time for them',
    default: null,
  }),
  maxPriority: count(0, 20).optional().meta({
    meaning: 'Highest priority this tier may ask for',
    unit: 'priority',
    reason: 'Every tier may overtake, unless the policy sets less',
    default: 20,
  }),
  allowsNoTimeout: z.boolean().optional().meta({
    meaning:
      'Whether a job may ask for no timeout (`"timeoutMs": "none"`): the caps on attempts, steps and all attempts together then do not apply, only silence and limits.maxAttemptMs end it',
    unit: 'yes or no',
    reason: 'It lifts every cap that the plan sells, so an operator has to set it; only the tier without caps has it',
    default: false,
  }),
});
export type TierChange = z.output<typeof tierChangeSchema>;

/** Caps of a plan. The tier of a request comes from its key, never from its body. */
export interface TierPolicy {
  readonly attemptMs: number | null;
  readonly streamingMs: number | null;
  readonly clientWaitMs: number | null;
  readonly phaseMs: number | null;
  readonly overallMs: number | null;
  readonly stepMs: number | null;
  readonly callMs: number | null;
  readonly retries: number | null;
  readonly maxPriority: number;
  readonly allowsNoTimeout: boolean;
}

/** A tier without caps, from which a new tier of a policy file starts. */
export const UNCAPPED: TierPolicy = {
  attemptMs: null,
  streamingMs: null,
  clientWaitMs: null,
  phaseMs: null,
  overallMs: null,
  stepMs: null,
  callMs: null,
  retries: null,
  maxPriority: 20,
  allowsNoTimeout: false,
};

function plan([attempt, streaming, clientWait, phase]: [number, number, number, number]): TierPolicy {
  return {
    ...UNCAPPED,
    attemptMs: attempt * SECOND_MS,
    streamingMs: streaming * SECOND_MS,
    clientWaitMs: clientWait * SECOND_MS,
    phaseMs: phase * SECOND_MS,
  };
}

/**
 * Default tiers, the smallest first. In seconds: attempt, streaming attempt, client's wait, phase. `default` is for an
 * operator's own machine, where long work must not be ended.
 */
export const TIERS: Readonly<Record<string, TierPolicy>> = {
  free: plan([8, 8, 10, 2]),
  early: plan([8, 8, 10, 2]),
  mid: plan([60, 60, 90, 20]),
  platform: plan([120, 120, 150, 30]),
  enterprise: plan([300, 300, 360, 60]),
  default: { ...UNCAPPED, allowsNoTimeout: true },
};

/** Default tiers with the changes of the policy file. null removes a tier. */
export function tiersOf(changes: Readonly<Record<string, TierChange | null>>): Record<string, TierPolicy> {
  const tiers: Record<string, TierPolicy> = { ...TIERS };
  for (const [name, change] of Object.entries(changes)) {
    if (change === null) delete tiers[name];
    else tiers[name] = changed(tiers[name] ?? UNCAPPED, change);
  }
  return tiers;
}

/** A tier with some of its fields replaced. */
export function changed(tier: TierPolicy, change: TierChange): TierPolicy {
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  return { ...tier, ...(Object.fromEntries(given) as Partial<TierPolicy>) };
}

import { z } from 'zod';
import { factor, setting } from './setting.js';
import { changed, tierChangeSchema, type TierPolicy } from './tiers.js';

/** Where a Leeway runs. Limits may differ between them; the tiers have the same names everywhere. */
export const ENVIRONMENTS = ['local', 'testing', 'staging', 'production'] as const;
export type Environment = (typeof ENVIRONMENTS)[number];
/** When nothing says where this is. */
export const DEFAULT_ENVIRONMENT: Environment = 'local';
/** In an overlay: every tier that it does not name. */
export const EVERY_TIER = '*';

const tierOverlaySchema = z.union([
  factor(0.01, 100).describe('multiplies every duration of the tier'),
  tierChangeSchema,
]);
const overlaySchema = z.record(z.string().min(1), tierOverlaySchema);
export type Overlay = z.output<typeof overlaySchema>;

const UNIT = 'factor or fields, by tier; "*" for every other';

/** What each environment changes of the tiers. An environment that the file names has what stands there, and only that. */
export const environmentsSchema = z.strictObject({
  local: setting(
    overlaySchema,
    {},
    {
      meaning: 'What differs on a machine of a developer',
      unit: UNIT,
      reason: 'What is tried out here behaves as it will',
    },
  ),
  testing: setting(
    overlaySchema,
    { platform: 0.5, enterprise: 0.5 },
    {
      meaning: 'What differs where tests run',
      unit: UNIT,
      reason: 'A test that hangs should not hold a build for five minutes; the short tiers are short enough',
    },
  ),
  staging: setting(
    overlaySchema,
    {},
    {
      meaning: 'What differs on the stage before production',
      unit: UNIT,
      reason: 'A stage that allows more than production proves nothing',
    },
  ),
  production: setting(
    overlaySchema,
    {},
    { meaning: 'What differs in production', unit: UNIT, reason: 'The tiers are written for it' },
  ),
});
export type EnvironmentsPolicy = z.output<typeof environmentsSchema>;

/** A tier as it is in an environment: the one place where an overlay takes effect. */
export function overlaid(tier: TierPolicy, name: string, overlay: Overlay): TierPolicy {
  const change = Object.hasOwn(overlay, name) ? overlay[name] : overlay[EVERY_TIER];
  if (change === undefined) return tier;
  return typeof change === 'number' ? scaled(tier, change) : changed(tier, change);
}

function scaled(tier: TierPolicy, by: number): TierPolicy {
  const time = (ms: number | null) => (ms === null ? null : Math.max(1, Math.round(ms * by)));
  return {
    ...tier,
    attemptMs: time(tier.attemptMs),
    streamingMs: time(tier.streamingMs),
    clientWaitMs: time(tier.clientWaitMs),
    phaseMs: time(tier.phaseMs),
    overallMs: time(tier.overallMs),
    stepMs: time(tier.stepMs),
    callMs: time(tier.callMs),
  };
}

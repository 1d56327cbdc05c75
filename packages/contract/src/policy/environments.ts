import { z } from 'zod';
import { factor } from './setting.js';
import { changed, tierChangeSchema, type TierPolicy } from './tiers.js';

/** Environments of an installation. Limits may differ between them; the tiers have the same names in all. */
export const ENVIRONMENTS = ['local', 'testing', 'staging', 'production'] as const;
export type Environment = (typeof ENVIRONMENTS)[number];
/** Where nothing names another one. */
export const DEFAULT_ENVIRONMENT: Environment = 'local';
/** Name in an overlay for every tier that it does not name. */
export const EVERY_TIER = '*';

const tierOverlaySchema = z.union([
  factor(0.01, 100).describe('multiplies every duration of the tier'),
  tierChangeSchema,
]);
const overlaySchema = z.record(z.string().min(1), tierOverlaySchema);
export type Overlay = z.output<typeof overlaySchema>;

/** Default differences. Production has none: the tiers are written for it. */
const DEFAULTS: Readonly<Record<Environment, Overlay>> = {
  local: {},
  testing: { platform: 0.5, enterprise: 0.5 },
  staging: {},
  production: {},
};

export const environmentsSchema = z
  .partialRecord(z.enum(ENVIRONMENTS), overlaySchema)
  .default({})
  .meta({
    meaning:
      'Differences of the tiers by environment (local, testing, staging, production): a factor on all durations of a tier, or some of its fields; "*" for every tier that is not named. An environment that the file names has exactly the differences of the file',
    unit: 'factor or fields, by environment and tier',
    reason:
      'A test that hangs should not hold a build for five minutes; a developer machine and staging behave as production',
    default: { testing: DEFAULTS.testing },
  });

/** Default differences with those of the policy file. */
export function environmentsOf(named: z.output<typeof environmentsSchema>): Readonly<Record<Environment, Overlay>> {
  return { ...DEFAULTS, ...named };
}
export type EnvironmentsPolicy = Readonly<Record<Environment, Overlay>>;

/** A tier in an environment. */
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

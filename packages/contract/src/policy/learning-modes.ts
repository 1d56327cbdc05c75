import { z } from 'zod';
import { type EstimatorPolicy, estimatorPolicySchema } from './estimator.js';
import { profilesSchema } from './profiles.js';
import { count, setting, share } from './setting.js';

/**
 * What learned deadlines may do for a class. `off`: the static limits of its kind hold. `shadow`: they hold, while the
 * learned deadline is worked out and judged by how the attempts end. `on`: the learned deadline holds.
 */
export const CLASS_MODES = ['off', 'shadow', 'on'] as const;
export type ClassMode = (typeof CLASS_MODES)[number];

/** The shadow that a class in the mode `shadow` runs beside its static limits: the learned deadline itself. */
export const LEARNED_SHADOW = 'learned';

/** They say what is stored and when it is read, for every policy alike. */
const NOT_OF_A_CANDIDATE = ['window', 'historyTtlMs', 'cacheMs', 'readTimeoutMs'] as const;
const SHADOW_NAME = /^[a-z0-9][a-z0-9._-]{0,31}$/;

/** Constants of the estimator that a candidate policy changes; what it leaves out is as in the active policy. */
export type EstimatorOverrides = Partial<Omit<EstimatorPolicy, (typeof NOT_OF_A_CANDIDATE)[number]>>;
export type CandidatePolicy = EstimatorOverrides & { name: string };

const candidateSchema = z.strictObject({
  name: z
    .string()
    .regex(SHADOW_NAME, 'expected up to 32 lower-case letters, digits, dots and hyphens')
    .refine(
      (name) => name !== LEARNED_SHADOW,
      `"${LEARNED_SHADOW}" is the name of the active policy in the mode shadow`,
    )
    .default('candidate'),
  ...overridable(),
}) as unknown as z.ZodType<CandidatePolicy, Partial<CandidatePolicy>>;

/** The section `estimator` of the policy: its constants, and how far what it learns is trusted. */
export const estimatorSectionSchema = estimatorPolicySchema.extend({
  classes: setting(
    z.record(z.string().min(1), z.enum(CLASS_MODES)),
    {},
    {
      meaning:
        'Mode by class, or by the beginning of class names (`command/git`; `*` is every class); the longest that fits holds. off: static limits. shadow: static limits, with the learned deadline judged beside them. on: learned deadlines',
      unit: 'mode by class',
      reason: 'Everything learns and acts',
    },
  ),
  shadow: candidateSchema.optional().meta({
    meaning:
      'A candidate that runs beside the active policy without any effect: its name, and the constants of this section that it changes. What it would have done is counted by class, under its name',
    unit: 'constants',
    reason: 'Nothing is tried out',
  }),
  profiles: profilesSchema,
  falseKillAlarm: setting(share(0.001, 1), 0.1, {
    meaning:
      'When more than this share of the newest results of a class show that a kill was wrong, its static limit holds, where that is the longer one, until the share has fallen',
    unit: 'share',
    reason: 'Ten times what is usual, so it is not chance',
  }),
  falseKillWindow: setting(count(10, 1_000), 100, {
    meaning: 'Newest results of a class that this share is taken of',
    unit: 'results',
    reason: 'Long enough to tell a share of a tenth, short enough to be over soon',
  }),
  falseKillMinResults: setting(count(5, 1_000), 30, {
    meaning: 'Results a class needs before the alarm can sound',
    unit: 'results',
    reason: 'Two of ten may be chance',
  }),
});
export type EstimatorSection = z.output<typeof estimatorSectionSchema>;

/** Every constant without its default: one that is left out stays out. */
function overridable(): Record<string, z.ZodType> {
  const constants = Object.entries(estimatorPolicySchema.shape).filter(
    ([name]) => !(NOT_OF_A_CANDIDATE as readonly string[]).includes(name),
  );
  return Object.fromEntries(constants.map(([name, constant]) => [name, constant.unwrap().optional()]));
}

import { z } from 'zod';
import { DAY_MS, HOUR_MS } from '../format/duration.js';
import type { Complexity } from '../job/hints.js';
import { count, factor, ms, setting, share } from './setting.js';

/**
 * Effect of learned deadlines for a class. `off`: the static limits of its kind apply. `shadow`: they apply, and the learned
 * deadline is compared with the ends of the attempts. `on`: the learned deadline applies.
 */
export const CLASS_MODES = ['off', 'shadow', 'on'] as const;
export type ClassMode = (typeof CLASS_MODES)[number];

/** Name of the shadow of a class in the mode `shadow`: its learned deadline. */
export const LEARNED_SHADOW = 'learned';

const COMPLEXITY_FACTORS: Readonly<Record<Complexity, number>> = {
  trivial: 0.25,
  low: 0.5,
  simple: 0.75,
  medium: 1,
  high: 2,
  complex: 3,
  extreme: 6,
};

const complexitySchema = z.strictObject({
  trivial: complexityFactor('trivial'),
  low: complexityFactor('low'),
  simple: complexityFactor('simple'),
  medium: complexityFactor('medium'),
  high: complexityFactor('high'),
  complex: complexityFactor('complex'),
  extreme: complexityFactor('extreme'),
});

function complexityFactor(level: Complexity): z.ZodDefault<z.ZodNumber> {
  return factor(0.01, 100).default(COMPLEXITY_FACTORS[level]);
}

/** Settings that a candidate policy can change. Constants of the estimator are in its code. */
const candidateSettings = {
  minSamples: setting(count(5, 200), 20, {
    meaning:
      'Results of a class from which its own figures are used, with the margin once; with fewer the margin counts twice',
    unit: 'results',
    reason: 'The first results of a burst are the short ones; from here on the measured share of wrong kills is flat',
  }),
  margin: setting(factor(1, 20), 2, {
    meaning: 'Factor on the 95 % quantile of the results, until the margin has been measured from 200 results',
    unit: 'factor',
    reason: 'Ends about 1 % of healthy attempts on real traces',
  }),
  killShare: setting(share(0.0005, 0.1), 0.0057, {
    meaning:
      'Share of healthy attempts that the measured margin may end: this share of the newest results of the kind and executable took longer. Smaller: fewer wrong kills, and hangs end later',
    unit: 'share',
    reason: 'With work that changes over time this becomes about 0.7 % on real traces',
  }),
  floorMs: setting(ms(0, HOUR_MS), 2_000, {
    meaning: 'Shortest deadline from results of the class itself',
    unit: 'ms',
    reason: 'Jobs of 100 ms must not be ended by a hiccup of the machine',
  }),
  coldFloorMs: setting(ms(0, HOUR_MS), 30_000, {
    meaning: 'Shortest deadline borrowed from similar work',
    unit: 'ms',
    reason: 'Sixty quick jobs must not end the first slow one of another sort',
  }),
  complexity: setting(complexitySchema, COMPLEXITY_FACTORS, {
    meaning: 'Factors of the complexity hints on the default deadline of a kind, while no similar job has run',
    unit: 'factor by level',
    reason: 'A hint of the caller, from a quarter to six times; from the first results on it has no effect',
  }),
};

const SHADOW_NAME = /^[a-z0-9][a-z0-9._-]{0,31}$/;

/** A candidate policy. Absent settings are as in the active policy. */
const candidateSchema = z.strictObject({
  name: z
    .string()
    .regex(SHADOW_NAME, 'expected up to 32 lower-case letters, digits, dots and hyphens')
    .refine(
      (name) => name !== LEARNED_SHADOW,
      `"${LEARNED_SHADOW}" is the name of the active policy in the mode shadow`,
    )
    .default('candidate'),
  minSamples: candidateSettings.minSamples.unwrap().optional(),
  margin: candidateSettings.margin.unwrap().optional(),
  killShare: candidateSettings.killShare.unwrap().optional(),
  floorMs: candidateSettings.floorMs.unwrap().optional(),
  coldFloorMs: candidateSettings.coldFloorMs.unwrap().optional(),
  complexity: candidateSettings.complexity.unwrap().optional(),
});

/** Learned deadlines. */
export const estimatorPolicySchema = z.strictObject({
  ...candidateSettings,
  historyTtlMs: setting(ms(HOUR_MS, 365 * DAY_MS), 30 * DAY_MS, {
    meaning: 'Age of the last run from which the history of a class is deleted',
    unit: 'ms',
    reason: 'Long enough for monthly work',
  }),
  classes: setting(
    z.record(z.string().min(1), z.enum(CLASS_MODES)),
    {},
    {
      meaning:
        'Mode by class, or by the beginning of class names (`command/git`; `*` is every class); the longest match applies. off: static limits. shadow: static limits, and the learned deadline is compared with the results. on: learned deadlines',
      unit: 'mode by class',
      reason: 'Every class has learned deadlines',
    },
  ),
  shadow: candidateSchema.optional().meta({
    meaning:
      'A candidate that is compared with the active policy without any effect: its name, and the settings of this section that it changes, down to `complexity`. Its wrong kills are counted by class, under its name',
    unit: 'settings',
    reason: 'No candidate',
  }),
  falseKillAlarm: setting(share(0.001, 1), 0.1, {
    meaning:
      'Share of the newest 100 results of a class that show a wrong kill, above which its static limit applies where that is longer, until the share has fallen',
    unit: 'share',
    reason: 'Ten times the usual share, so it is not chance',
  }),
});
export type EstimatorPolicy = z.output<typeof estimatorPolicySchema>;

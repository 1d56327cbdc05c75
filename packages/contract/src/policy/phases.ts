import { z } from 'zod';
import { HOUR_MS } from '../format/duration.js';
import { ms, setting } from './setting.js';

/** Phases of an attempt: named windows that are shown. They end an attempt only with `endAttempt`. */
export const phasesPolicySchema = z.strictObject({
  names: setting(
    z.array(z.string().min(1).max(100)).max(20),
    ['initial response', 'deeper analysis', 'complex processing', 'comprehensive research', 'final synthesis'],
    {
      meaning: 'The phases in their order; an attempt gets the first ones, as many as fit into it. None: no phases',
      unit: 'names',
      reason: 'What long research by a model goes through; with windows of a minute five fill five minutes',
    },
  ),
  windowMs: setting(ms(100, 24 * HOUR_MS).nullable(), 60_000, {
    meaning:
      'Longest time of a phase before the next one begins, where the tier names none; null: a third of the attempt',
    unit: 'ms',
    reason: 'Long enough for one round of thinking and searching',
  }),
  endAttempt: setting(z.boolean(), false, {
    meaning: 'True: the end of the last window is the deadline of the attempt, where that is shorter',
    unit: 'yes or no',
    reason: 'A learned deadline fits better than a division into equal parts',
  }),
});
export type PhasesPolicy = z.output<typeof phasesPolicySchema>;

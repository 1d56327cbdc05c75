import { z } from 'zod';
import { HOUR_MS } from '../format/duration.js';
import { ms, setting } from './setting.js';

/** The phases that an attempt goes through: windows to be shown and spoken of. None of them ends anything, unless asked to. */
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
      'How long a phase may take before the next one begins, where the tier does not say; null: a third of the attempt',
    unit: 'ms',
    reason: 'Long enough for one round of thinking and searching',
  }),
  endAttempt: setting(z.boolean(), false, {
    meaning: 'True: the end of the last window is the deadline of the attempt, where that is the shorter one',
    unit: 'yes or no',
    reason: 'A deadline that was learned knows better than a division into equal parts',
  }),
});
export type PhasesPolicy = z.output<typeof phasesPolicySchema>;

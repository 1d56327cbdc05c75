import { z } from 'zod';
import { MINUTE_MS } from '../format/duration.js';
import { ms, setting, share } from './setting.js';

/** Split of the time of a workflow over its steps. */
export const workflowsPolicySchema = z.strictObject({
  criticalShare: setting(share(0.05, 0.95), 0.4, {
    meaning: 'Part of the time that the critical steps of a path get together, where the mode names none',
    unit: 'share',
    reason: 'The most important step gets the largest share, and the others together still more than half',
  }),
  minStepMs: setting(ms(1, 10 * MINUTE_MS), 10_000, {
    meaning:
      'Least time of a step, but never more than the remaining time of the workflow. With less than half of it left no further step starts, and the workflow ends with its results so far',
    unit: 'ms',
    reason: 'Less is not worth starting a model or a test suite for',
  }),
});
export type WorkflowsPolicy = z.output<typeof workflowsPolicySchema>;

/** Least time left for another step to start. */
export function leastToStartMs({ minStepMs }: Pick<WorkflowsPolicy, 'minStepMs'>): number {
  return minStepMs / 2;
}

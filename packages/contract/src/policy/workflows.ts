import { z } from 'zod';
import { MINUTE_MS } from '../format/duration.js';
import { ms, setting, share } from './setting.js';

/** How the time of a workflow is split over its steps. */
export const workflowsPolicySchema = z.strictObject({
  criticalShare: setting(share(0.05, 0.95), 0.4, {
    meaning: 'Part of the time that the critical steps of a path get together, where the mode names none',
    unit: 'share',
    reason: 'The most important step gets the largest part, and the others together still more than half',
  }),
  minStepMs: setting(ms(1, 10 * MINUTE_MS), 10_000, {
    meaning:
      'A step is allowed at least this much, but never more than the remaining time of the whole. With less than half of it left no further step starts, and the workflow ends with the results that it has',
    unit: 'ms',
    reason: 'Less is not worth starting a model or a test suite for',
  }),
});
export type WorkflowsPolicy = z.output<typeof workflowsPolicySchema>;

/** Time without which no further step starts: half of the least that a step gets. */
export function leastToStartMs({ minStepMs }: Pick<WorkflowsPolicy, 'minStepMs'>): number {
  return minStepMs / 2;
}

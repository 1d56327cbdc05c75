import { z } from 'zod';
import { MINUTE_MS } from '../format/duration.js';
import { bytes, count, factor, ms, setting, share } from './setting.js';

/** How workflows are bounded, and how their time is split. */
export const workflowsPolicySchema = z.strictObject({
  maxSteps: setting(count(1, 200), 50, {
    meaning: 'Most steps of one workflow',
    unit: 'steps',
    reason: 'All of them are looked at in one step of Redis whenever one of them ends',
  }),
  criticalShare: setting(share(0.05, 0.95), 0.4, {
    meaning: 'Part of the time that the critical steps of a path get together, where no mode says otherwise',
    unit: 'share',
    reason: 'The step that everything hangs on gets the largest part, and the others still more than half',
  }),
  minStepMs: setting(ms(1, 10 * MINUTE_MS), 10_000, {
    meaning: 'A step is allowed at least this much, but never more than what is left of the whole',
    unit: 'ms',
    reason: 'Less is not worth starting a model or a test suite for',
  }),
  continueMs: setting(ms(1, 10 * MINUTE_MS), 5_000, {
    meaning: 'With less than this left no further step starts: the workflow ends with what it has',
    unit: 'ms',
    reason: 'Half of the least that a step gets',
  }),
  overdraw: setting(factor(1, 100), 2, {
    meaning:
      'A step that is not done when its allocation is used up may go on to this many times the allocation, as long as the steps behind it keep minStepMs each',
    unit: 'factor',
    reason: 'A share is a guess; what is slow and healthy should not die of it while there is time',
  }),
  passedBytes: setting(bytes(256, 4 * 1024 * 1024), 256 * 1024, {
    meaning: 'Text of one result that a later step gets at most; the rest is cut off and marked',
    unit: 'bytes',
    reason: 'As much as a result keeps of stdout',
  }),
  resultBytes: setting(bytes(1_024, 64 * 1024 * 1024), 1024 * 1024, {
    meaning: 'Results of steps that the result of a workflow repeats; what does not fit stays with its step',
    unit: 'bytes',
    reason: 'Keeps a record small enough to list',
  }),
});
export type WorkflowsPolicy = z.output<typeof workflowsPolicySchema>;

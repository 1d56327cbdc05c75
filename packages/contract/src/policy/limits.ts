import { z } from 'zod';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../format/duration.js';
import { bytes, count, ms, setting } from './setting.js';

/** Maxima and defaults of submissions. */
export const limitsPolicySchema = z.strictObject({
  maxAttemptMs: setting(ms(1_000, 30 * DAY_MS), DAY_MS, {
    meaning: 'Longest attempt: bounds requests and estimates, and is the backstop of a job without a timeout',
    unit: 'ms',
    reason: 'Longer work should be cut into steps',
  }),
  noTimeoutIdleMs: setting(ms(10, DAY_MS), 10 * MINUTE_MS, {
    meaning:
      'Longest silence of a job without a timeout, also while a tool runs, where neither the submission, nor history, nor its kind sets a window for it',
    unit: 'ms',
    reason: 'Without a deadline only silence shows that it hangs; as wide as the deadline of unknown work',
  }),
  maxOverallMs: setting(ms(1_000, 60 * DAY_MS), 7 * DAY_MS, {
    meaning: 'Longest overall limit of a job, over all its attempts',
    unit: 'ms',
    reason: 'Records are kept as long',
  }),
  maxAttempts: setting(count(1, 1_000), 20, {
    meaning: 'Most attempts that a submission may name',
    unit: 'attempts',
    reason: 'More is a loop, not a retry',
  }),
  maxLosses: setting(count(0, 1_000), 3, {
    meaning:
      'A job whose worker was lost more often than this ends with the cause worker_lost. Losses that another job provably caused do not count',
    unit: 'losses',
    reason: 'A job that kills its workers must end',
  }),
  isolateAfterLosses: setting(count(0, 1_000), 2, {
    meaning:
      "After this many losses the next attempts of a job run in a process of their own, where its handler would run in the worker's; 0: never",
    unit: 'losses',
    reason: 'If the job itself ends its workers, the third time it harms no other job, and its error has the cause',
  }),
  attempts: setting(count(1, 1_000), 2, {
    meaning: 'Attempts of a job whose submission names none',
    unit: 'attempts',
    reason: 'One retry: it also shows whether the first attempt was ended wrongly',
  }),
  backoffMs: setting(ms(0, HOUR_MS), 1_000, {
    meaning: 'Mean pause before the second attempt; doubles from there, with full jitter',
    unit: 'ms',
    reason: 'Most passing faults are over within seconds',
  }),
  maxBackoffMs: setting(ms(0, DAY_MS), 5 * MINUTE_MS, {
    meaning: 'Longest pause between attempts',
    unit: 'ms',
    reason: 'The end of an outage is noticed within that time',
  }),
  maxPauseMs: setting(ms(1_000, 7 * DAY_MS), HOUR_MS, {
    meaning: 'A pause ends by itself after this long',
    unit: 'ms',
    reason: 'A forgotten pause must not hold memory for ever',
  }),
  maxPayloadBytes: setting(bytes(1_024, 64 * 1024 * 1024), 1024 * 1024, {
    meaning: 'Largest request body',
    unit: 'bytes',
    reason: 'Payloads live in Redis',
  }),
  maxWaitS: setting(count(1, 3_600), 60, {
    meaning: 'Longest wait of a request with Prefer: wait',
    unit: 's',
    reason: 'Proxies cut longer ones',
  }),
});
export type LimitsPolicy = z.output<typeof limitsPolicySchema>;

/** Static limits of one kind, for classes without history. */
export const kindPolicySchema = z.strictObject({
  priorMs: setting(ms(1_000, 30 * DAY_MS), 10 * MINUTE_MS, {
    meaning: 'Deadline of an attempt whose class has no history',
    unit: 'ms',
    reason: 'Long: unknown work must not be ended because of a guess',
  }),
  maxMs: setting(ms(1_000, 30 * DAY_MS), DAY_MS, {
    meaning: 'Hard cap of an attempt of this kind',
    unit: 'ms',
    reason: 'Bounds every extension',
  }),
  firstOutputMs: setting(ms(10, DAY_MS).nullable(), null, {
    meaning: 'Longest time to the first output; null: no limit',
    unit: 'ms',
    reason: 'A command may be silent and healthy',
  }),
  idleMs: setting(ms(10, DAY_MS).nullable(), null, {
    meaning: 'Longest silence between outputs; null: no limit, unless the submission has one or one was learned',
    unit: 'ms',
    reason: 'A command may be silent and healthy',
  }),
});
export type KindPolicy = z.output<typeof kindPolicySchema>;

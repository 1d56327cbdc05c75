import { z } from 'zod';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../format/duration.js';
import { bytes, count, ms, setting } from './setting.js';

/** What a submission may ask for at most, and what it gets when it does not ask. */
export const limitsPolicySchema = z.strictObject({
  maxAttemptMs: setting(ms(1_000, 30 * DAY_MS), DAY_MS, {
    meaning: 'Longest attempt: neither a request nor an estimate goes beyond; the backstop of a job without a timeout',
    unit: 'ms',
    reason: 'Longer work should be cut into steps',
  }),
  noTimeoutIdleMs: setting(ms(10, DAY_MS), 10 * MINUTE_MS, {
    meaning:
      'Longest silence of a job without a timeout, also while a tool runs, where no such window was asked for, learned or given to its kind',
    unit: 'ms',
    reason: 'Without a deadline only silence tells that it hangs; as wide as the deadline of an unknown task',
  }),
  maxOverallMs: setting(ms(1_000, 60 * DAY_MS), 7 * DAY_MS, {
    meaning: 'Longest overall limit',
    unit: 'ms',
    reason: 'Records are kept as long',
  }),
  maxAttempts: setting(count(1, 1_000), 20, {
    meaning: 'Most attempts that can be asked for',
    unit: 'attempts',
    reason: 'More is a loop, not a retry',
  }),
  maxLosses: setting(count(0, 1_000), 3, {
    meaning:
      'A job whose worker was lost more often than this ends with the cause worker_lost. Losses that it provably had no part in do not count',
    unit: 'losses',
    reason: 'A job that kills its workers must end',
  }),
  isolateAfterLosses: setting(count(0, 1_000), 2, {
    meaning:
      "A job that has lost its worker this often gets a process of its own for its next attempts, where its handler would run in the worker's; 0: never",
    unit: 'losses',
    reason: 'If it is the job that kills, the third time it harms nobody else, and its error says how',
  }),
  attempts: setting(count(1, 1_000), 2, {
    meaning: 'Attempts of a job that does not say',
    unit: 'attempts',
    reason: 'One retry: it judges whether a kill was right',
  }),
  backoffMs: setting(ms(0, HOUR_MS), 1_000, {
    meaning: 'Mean pause before the second attempt; doubles from there, with full jitter',
    unit: 'ms',
    reason: 'Most passing faults pass in seconds',
  }),
  maxBackoffMs: setting(ms(0, DAY_MS), 5 * MINUTE_MS, {
    meaning: 'Longest pause between attempts',
    unit: 'ms',
    reason: 'Longer than an outage worth waiting for',
  }),
  maxPauseMs: setting(ms(1_000, 7 * DAY_MS), HOUR_MS, {
    meaning: 'A pause that lasts longer than this ends by itself',
    unit: 'ms',
    reason: 'A forgotten pause must not hold memory for ever',
  }),
  maxPayloadBytes: setting(bytes(1_024, 64 * 1024 * 1024), 1024 * 1024, {
    meaning: 'Largest request body',
    unit: 'bytes',
    reason: 'Payloads live in Redis',
  }),
  maxWaitS: setting(count(1, 3_600), 60, {
    meaning: 'Longest wait a client can ask for with Prefer: wait',
    unit: 's',
    reason: 'Proxies cut longer ones',
  }),
});
export type LimitsPolicy = z.output<typeof limitsPolicySchema>;

/** Static limits of one kind: what holds until history knows better. */
export const kindPolicySchema = z.strictObject({
  priorMs: setting(ms(1_000, 30 * DAY_MS), 10 * MINUTE_MS, {
    meaning: 'Deadline of an attempt whose class has no history',
    unit: 'ms',
    reason: 'Wide: an unknown task must not be killed by a guess',
  }),
  maxMs: setting(ms(1_000, 30 * DAY_MS), DAY_MS, {
    meaning: 'Hard cap of an attempt of this kind',
    unit: 'ms',
    reason: 'Bounds every extension',
  }),
  firstOutputMs: setting(ms(10, DAY_MS).nullable(), null, {
    meaning: 'First output has to come within this; null: no such clock',
    unit: 'ms',
    reason: 'A command may be silent and healthy',
  }),
  idleMs: setting(ms(10, DAY_MS).nullable(), null, {
    meaning: 'Longest silence between outputs; null: no such clock unless asked for or learned',
    unit: 'ms',
    reason: 'A command may be silent and healthy',
  }),
});
export type KindPolicy = z.output<typeof kindPolicySchema>;

import { z } from 'zod';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../format/duration.js';
import { bytes, count, ms, setting } from './setting.js';

/** How attempts are watched, ended and handed on. */
export const supervisionPolicySchema = z.strictObject({
  graceMs: setting(ms(0, 5 * MINUTE_MS), 5_000, {
    meaning: 'Time between asking an attempt to stop and ending it by force',
    unit: 'ms',
    reason: 'Enough to write a checkpoint, short enough not to hold a worker',
  }),
  lostAfterMs: setting(ms(200, 10 * MINUTE_MS), 1_800, {
    meaning: 'An attempt nobody has vouched for this long is given to another worker',
    unit: 'ms',
    reason: 'Three missed beats and a margin',
  }),
  loopFrozenMs: setting(ms(500, 10 * MINUTE_MS), 5_000, {
    meaning: 'A main event loop frozen this long makes the heartbeat thread kill its own process',
    unit: 'ms',
    reason: 'Code that blocks this long cannot be aborted any other way',
  }),
  lockMs: setting(ms(1_000, 10 * MINUTE_MS), 15_000, {
    meaning: "Duration of BullMQ's lock, the backstop for the day when no worker sweeps",
    unit: 'ms',
    reason: 'Long enough never to bite before the heartbeat does',
  }),
  progressEveryMs: setting(ms(500, MINUTE_MS), 8_000, {
    meaning: 'A running attempt reports elapsed, expected and remaining time at least this often',
    unit: 'ms',
    reason: 'People give up on a silent line after about ten seconds',
  }),
  drainMs: setting(ms(0, HOUR_MS), 10_000, {
    meaning: 'On SIGTERM running attempts may finish for this long; what is left is handed to other workers',
    unit: 'ms',
    reason: 'The time container platforms give',
  }),
  maxAbandoned: setting(count(1, 1_000), 5, {
    meaning: 'A worker with this many in-process handlers that ignored their abort drains and exits',
    unit: 'handlers',
    reason: 'Each one still holds memory and perhaps sockets',
  }),
});
export type SupervisionPolicy = z.output<typeof supervisionPolicySchema>;

/** What is kept, for how long, and how much of it. */
export const retentionPolicySchema = z.strictObject({
  recordMs: setting(ms(MINUTE_MS, 365 * DAY_MS), 7 * DAY_MS, {
    meaning: 'Records of ended jobs are kept this long',
    unit: 'ms',
    reason: 'A week of looking back',
  }),
  outputMs: setting(ms(MINUTE_MS, 365 * DAY_MS), DAY_MS, {
    meaning: 'Events and output of a job are kept this long after the last one',
    unit: 'ms',
    reason: 'Output is large and old output is rarely read',
  }),
  maxRecords: setting(count(100, 100_000_000), 200_000, {
    meaning: 'Records of ended jobs kept at most; the oldest go first',
    unit: 'jobs',
    reason: 'About 400 MB of Redis at 2 kB a record',
  }),
  maxWaiting: setting(count(1, 10_000_000), 100_000, {
    meaning: 'Jobs that may wait or be scheduled; one more gets 429',
    unit: 'jobs',
    reason: 'Memory of Redis is finite',
  }),
  outputBytes: setting(bytes(1_024, 64 * 1024 * 1024), 1024 * 1024, {
    meaning: 'Output stored for one attempt; what comes later is dropped and marked',
    unit: 'bytes',
    reason: 'Output is for looking; large results belong in a file',
  }),
  resultBytes: setting(bytes(1_024, 64 * 1024 * 1024), 256 * 1024, {
    meaning: 'stdout and stderr in a result, each; the head and the tail are kept',
    unit: 'bytes',
    reason: 'Keeps a record small enough to list',
  }),
});
export type RetentionPolicy = z.output<typeof retentionPolicySchema>;

import { z } from 'zod';
import { DAY_MS, MINUTE_MS } from '../format/duration.js';
import { bytes, count, ms, setting } from './setting.js';

/** What is kept in Redis, for how long, and how much of it. */
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
    meaning: 'Most records of ended jobs; the oldest are deleted first',
    unit: 'jobs',
    reason: 'About 400 MB of Redis at 2 kB a record',
  }),
  maxWaiting: setting(count(1, 10_000_000), 100_000, {
    meaning: 'Most jobs that wait or are scheduled; one more gets 429',
    unit: 'jobs',
    reason: 'The memory of Redis is finite',
  }),
  outputBytes: setting(bytes(1_024, 64 * 1024 * 1024), 1024 * 1024, {
    meaning: 'Most output stored of one attempt; what comes later is dropped and marked',
    unit: 'bytes',
    reason: 'Output is for reading along; large results belong in a file',
  }),
  resultBytes: setting(bytes(1_024, 64 * 1024 * 1024), 256 * 1024, {
    meaning: 'Most of stdout and of stderr in a result, each; the head and the tail are kept',
    unit: 'bytes',
    reason: 'Keeps a record small enough to list',
  }),
});
export type RetentionPolicy = z.output<typeof retentionPolicySchema>;

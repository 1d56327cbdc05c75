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
  beatEveryMs: setting(ms(50, 10_000), 500, {
    meaning: 'A worker vouches for all its attempts this often, in one call to Redis',
    unit: 'ms',
    reason: 'Two calls a worker and second, whatever it runs',
  }),
  lostAfterMs: setting(ms(200, 10 * MINUTE_MS), 1_800, {
    meaning: 'An attempt nobody has vouched for this long is given to another worker',
    unit: 'ms',
    reason: 'Three missed beats and a margin',
  }),
  sweepEveryMs: setting(ms(50, 10_000), 500, {
    meaning: 'Every worker looks for lost attempts and unfinished moves this often',
    unit: 'ms',
    reason: 'Keeps recovery from a killed worker under three seconds',
  }),
  connectionCheckMs: setting(ms(50, 10_000), 100, {
    meaning:
      'The connectionWatchers look this often whether the connections of the other workers are still there; a process that is without any for two looks has died',
    unit: 'ms',
    reason: 'A job runs again within half a second, and one look costs Redis less than a millisecond',
  }),
  connectionWatchers: setting(count(1, 100), 3, {
    meaning: 'So many workers look whether the others are still connected, whatever their number',
    unit: 'workers',
    reason: 'One that dies itself or is busy leaves two; the cost does not grow with the workers',
  }),
  loopPauseMs: setting(ms(100, MINUTE_MS), 2_000, {
    meaning: 'A pause of the main event loop longer than this is reported',
    unit: 'ms',
    reason: 'Large garbage collections and JSON stay below it',
  }),
  loopFrozenMs: setting(ms(500, 10 * MINUTE_MS), 5_000, {
    meaning: 'A main event loop frozen this long makes the heartbeat thread kill its own process',
    unit: 'ms',
    reason: 'Code that blocks this long cannot be aborted any other way',
  }),
  leashPingMs: setting(ms(20, 5_000), 200, {
    meaning: 'The heartbeat thread pings the leash this often',
    unit: 'ms',
    reason: 'Several pings within the silence it allows',
  }),
  leashSilenceMs: setting(ms(100, MINUTE_MS), 1_200, {
    meaning: 'The leash ends all commands of a worker it has not heard of for this long',
    unit: 'ms',
    reason: 'Shorter than lostAfterMs: the old command is gone before the new one runs',
  }),
  lockMs: setting(ms(1_000, 10 * MINUTE_MS), 15_000, {
    meaning: "Duration of BullMQ's lock, the backstop for the day when no worker sweeps",
    unit: 'ms',
    reason: 'Long enough never to bite before the heartbeat does',
  }),
  stalledCheckMs: setting(ms(500, 10 * MINUTE_MS), 5_000, {
    meaning: "Interval of BullMQ's own stalled check",
    unit: 'ms',
    reason: 'A third of the lock',
  }),
  progressEveryMs: setting(ms(500, MINUTE_MS), 8_000, {
    meaning: 'A running attempt reports elapsed, expected and remaining time at least this often',
    unit: 'ms',
    reason: 'People give up on a silent line after about ten seconds',
  }),
  noticeAfterMs: setting(ms(100, MINUTE_MS), 5_000, {
    meaning: 'An attempt without output for this long is said to be thinking, in a tool, waiting or silent',
    unit: 'ms',
    reason: 'Shorter pauses explain themselves',
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
  fetchWedgedMs: setting(ms(15_000, HOUR_MS), MINUTE_MS, {
    meaning:
      'A worker whose question for a job is open this long although Redis answers others drains and exits, so that another one takes its place',
    unit: 'ms',
    reason: 'BullMQ asks anew every few seconds; one that was not answered by then never is',
  }),
  clientWaitMs: setting(ms(100, MINUTE_MS), 2_000, {
    meaning: 'No call to Redis on behalf of a request waits longer',
    unit: 'ms',
    reason: 'A client gets its 503 while it is still listening',
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
  idempotencyMs: setting(ms(MINUTE_MS, 30 * DAY_MS), DAY_MS, {
    meaning: 'An Idempotency-Key is remembered this long',
    unit: 'ms',
    reason: 'Longer than any sensible retry of a client',
  }),
  maxRecords: setting(count(100, 100_000_000), 200_000, {
    meaning: 'Records of ended jobs kept at most; the oldest go first',
    unit: 'jobs',
    reason: 'About 400 MB of Redis at 2 kB a record',
  }),
  maxClasses: setting(count(10, 1_000_000), 10_000, {
    meaning: 'Classes whose counters are kept at most; the least recently used go first',
    unit: 'classes',
    reason: 'Labels come from callers and must not fill Redis',
  }),
  maxRings: setting(count(100, 1_000_000), 10_000, {
    meaning: 'Rings of observations kept for one tenant at most; those that were written longest ago go first',
    unit: 'rings',
    reason: 'Two to five a class; a full one takes 8 kB, so 80 MB of Redis',
  }),
  maxWaiting: setting(count(1, 10_000_000), 100_000, {
    meaning: 'Jobs that may wait or be scheduled; one more gets 429',
    unit: 'jobs',
    reason: 'Memory of Redis is finite',
  }),
  maxEvents: setting(count(10, 100_000), 2_000, {
    meaning: 'Events kept for one job; the oldest go first',
    unit: 'events',
    reason: 'Bounds the stream of one chatty job',
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
  flushMs: setting(ms(10, 5_000), 100, {
    meaning: 'Output is collected this long before it is sent',
    unit: 'ms',
    reason: 'Ten calls a second and attempt at most',
  }),
});
export type RetentionPolicy = z.output<typeof retentionPolicySchema>;

import { z } from 'zod';
import { HOUR_MS, MINUTE_MS } from '../format/duration.js';
import { count, ms, setting } from './setting.js';

/** How attempts are watched, ended and requeued. */
export const supervisionPolicySchema = z.strictObject({
  graceMs: setting(ms(0, 5 * MINUTE_MS), 5_000, {
    meaning: 'Time between the request to stop an attempt and its end by force',
    unit: 'ms',
    reason: 'Enough to write a checkpoint, short enough not to hold a worker',
  }),
  lostAfterMs: setting(ms(200, 10 * MINUTE_MS), 1_800, {
    meaning:
      'An attempt without a heartbeat for this long is requeued for another worker. The period of heartbeats (500 ms) and the silence after which a leash ends its commands (1,200 ms) follow in proportion',
    unit: 'ms',
    reason: 'Three missed heartbeats and a margin; raise it where Redis or the machines are slow',
  }),
  loopFrozenMs: setting(ms(500, 10 * MINUTE_MS), 5_000, {
    meaning: 'A main event loop blocked for this long makes the heartbeat thread kill its own process',
    unit: 'ms',
    reason: 'Code that blocks this long cannot be aborted any other way',
  }),
  lockMs: setting(ms(1_000, 10 * MINUTE_MS), 15_000, {
    meaning:
      "Duration of BullMQ's lock, the backstop for when no worker sweeps; its stalled check runs three times as often",
    unit: 'ms',
    reason: 'Long enough that the heartbeat always acts first',
  }),
  progressEveryMs: setting(ms(500, MINUTE_MS), 8_000, {
    meaning:
      'A running attempt reports elapsed, expected and remaining time at least this often, and explains a silence after five eighths of it',
    unit: 'ms',
    reason: 'People give up on a silent line after about ten seconds',
  }),
  drainMs: setting(ms(0, HOUR_MS), 10_000, {
    meaning: 'On SIGTERM running attempts may finish for this long; the others are requeued for other workers',
    unit: 'ms',
    reason: 'The time container platforms give',
  }),
  maxAbandoned: setting(count(1, 1_000), 5, {
    meaning: 'A worker with this many in-process handlers that ignored their abort signal drains and exits',
    unit: 'handlers',
    reason: 'Each one still holds memory and perhaps sockets',
  }),
});
export type SupervisionPolicy = z.output<typeof supervisionPolicySchema>;

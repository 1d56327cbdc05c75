/**
 * The policy under attack. Leases and watchdogs keep their defaults, since they are what is attacked; waits are shorter,
 * and BullMQ's locks too, so that an outage of seconds is enough to lose them. Events are kept whole, since they are
 * compared with what happened.
 */
export const CHAOS_POLICY = {
  version: 'chaos-1',
  supervision: { graceMs: 1_000, drainMs: 1_500, lockMs: 3_000 },
  limits: { backoffMs: 200, maxBackoffMs: 1_000, maxPauseMs: 5_000 },
  retention: { outputBytes: 65_536 },
  worker: { concurrency: 5 },
} as const;

/** Limits that the checks use, in ms; all but the grace are defaults of the policy. */
export const SUPERVISION = {
  graceMs: CHAOS_POLICY.supervision.graceMs,
  lostAfterMs: 1_800,
  beatEveryMs: 500,
  maxLosses: 3,
} as const;

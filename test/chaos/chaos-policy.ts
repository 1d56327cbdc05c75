/**
 * The policy under attack: what is watched and handed on keeps its defaults, since that is what is attacked; only the
 * waiting is shorter, and BullMQ's locks, so that an outage of seconds is enough to lose them. Histories and events are
 * kept whole, because they are compared with what happened.
 */
export const CHAOS_POLICY = {
  version: 'chaos-1',
  supervision: { graceMs: 1_000, drainMs: 1_500, lockMs: 3_000, stalledCheckMs: 1_000 },
  limits: { backoffMs: 200, maxBackoffMs: 1_000, maxPauseMs: 5_000 },
  retention: { maxEvents: 100_000, outputBytes: 65_536 },
  worker: { concurrency: 5 },
} as const;

/** Defaults of the product that the checks reckon with, in ms. */
export const SUPERVISION = {
  graceMs: CHAOS_POLICY.supervision.graceMs,
  lostAfterMs: 1_800,
  beatEveryMs: 500,
  maxLosses: 3,
} as const;

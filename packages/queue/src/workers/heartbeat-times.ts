import type { Policy } from '@leeway/contract';

/** Times that follow from `supervision.lostAfterMs`, in ms. */
export interface HeartbeatTimes {
  /** A worker renews its leases this often: an attempt is lost after three missed heartbeats and a margin. */
  beatEveryMs: number;
  /** A leash without a ping for this long ends all commands of its worker: before another worker runs them again. */
  leashSilenceMs: number;
  /** The heartbeat thread pings the leash this often: several times within the silence that it allows. */
  leashPingMs: number;
}

const BEATS = 3.6;
const SILENCE_SHARE = 2 / 3;
const PINGS = 6;

/** With the default of 1,800 ms: a heartbeat every 500 ms, a silence of 1,200 ms, a ping every 200 ms. */
export function heartbeatTimes({ lostAfterMs }: Pick<Policy['supervision'], 'lostAfterMs'>): HeartbeatTimes {
  const leashSilenceMs = Math.round(lostAfterMs * SILENCE_SHARE);
  return {
    beatEveryMs: Math.round(lostAfterMs / BEATS),
    leashSilenceMs,
    leashPingMs: Math.round(leashSilenceMs / PINGS),
  };
}

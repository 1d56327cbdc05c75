/** Time is handed in: nothing but a clock reads the time of the machine. */
export interface Clock {
  /** Milliseconds since some fixed moment of this process; never goes back. For durations. */
  monotonicMs(): number;
  /** Milliseconds since 1970, UTC. Only for what is stored or shown; may jump. */
  wallMs(): number;
}

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
};

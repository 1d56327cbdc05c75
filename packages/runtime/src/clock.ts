/** The time of the machine, passed in wherever it is needed so that tests can replace it. */
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

/** Bounds of the store that nobody has a reason to change but tests. */
export interface StoreBounds {
  /** Longest wait of one call to Redis on behalf of a request: the client gets its 503 while it still waits. */
  readonly callWaitMs: number;
  /** Rings of observations of one tenant; the ones written longest ago go first. Two to five a class, and a full one takes 8 kB: 80 MB. */
  readonly maxRings: number;
}

export const STORE_BOUNDS: StoreBounds = { callWaitMs: 2_000, maxRings: 10_000 };

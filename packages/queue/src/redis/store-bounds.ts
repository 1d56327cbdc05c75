/** Bounds of the store. They are constants for operators; tests have others. */
export interface StoreBounds {
  /** Longest wait of one call to Redis on behalf of a request: the client gets its 503 while it still waits. */
  readonly callWaitMs: number;
  /** Rings of observations of one tenant; those written longest ago are deleted first. A class has two to five, and a full one takes 8 kB: 80 MB. */
  readonly maxRings: number;
}

export const STORE_BOUNDS: StoreBounds = { callWaitMs: 2_000, maxRings: 10_000 };

import type { LevelState } from './level-state.js';
import type { RingKey } from './ring-key.js';

/** Workers whose attempts are left out, by the names in samples. */
export type Workers = Pick<ReadonlyMap<string, unknown>, 'has' | 'size'>;

/** History in the memory of a process. Reads are synchronous, so a caller of `decide` loads the rings of `ringKeys()` first. */
export interface HistoryView {
  /** `undefined`: the ring is empty. */
  level(key: RingKey): LevelState | undefined;
  /** Starts of the running attempts of a class, wall clock in milliseconds, ascending; empty: unknown. */
  runningSinceMs(className: string, except?: Workers): readonly number[];
}

import type { LevelState } from './level-state.js';
import type { RingKey } from './ring-key.js';

/** Workers whose attempts are left out, by the names that samples carry. */
export type Workers = Pick<ReadonlyMap<string, unknown>, 'has' | 'size'>;

/** What a process holds of the history in memory. Reads are synchronous; whoever decides fetches `ringKeys()` first. */
export interface HistoryView {
  /** `undefined`: the ring is empty. */
  level(key: RingKey): LevelState | undefined;
  /** When the attempts of a class that are running now began, wall clock in milliseconds, ascending; empty where that is not known. */
  runningSinceMs(className: string, except?: Workers): readonly number[];
}

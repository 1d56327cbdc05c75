import type { RunResult } from '@leeway/supervision';

/** How an attempt ended. */
export interface AttemptResult extends RunResult {
  /** The leash was still ending its processes when the grace was over: a busy machine, or a large tree. */
  beingEnded?: true;
  /** It was refused to start: its handler was never called. */
  unstarted?: true;
}

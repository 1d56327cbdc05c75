import type { Workers } from './history-view.js';
import { sourceName } from './sample.js';

/** An attempt that runs: its start, wall clock in milliseconds, and its worker. */
export interface RunningStart {
  sinceMs: number;
  worker: string;
}

/** Starts of the attempts that run on other workers than these. */
export function startsOutside(running: readonly RunningStart[], except?: Workers): number[] {
  const left =
    except === undefined || except.size === 0
      ? running
      : running.filter(({ worker }) => !except.has(sourceName(worker)));
  return left.map(({ sinceMs }) => sinceMs);
}

import type { Workers } from './history-view.js';
import { sourceName } from './source-name.js';

/** An attempt that runs: when it began, wall clock in milliseconds, and where. */
export interface RunningStart {
  sinceMs: number;
  worker: string;
}

/** When they began, of those that run on other workers. */
export function startsOutside(running: readonly RunningStart[], except?: Workers): number[] {
  const left =
    except === undefined || except.size === 0
      ? running
      : running.filter(({ worker }) => !except.has(sourceName(worker)));
  return left.map(({ sinceMs }) => sinceMs);
}

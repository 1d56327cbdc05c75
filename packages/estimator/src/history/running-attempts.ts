import type { Workers } from './history-view.js';
import { sourceName } from './sample.js';

/** Start of a running attempt, wall clock in milliseconds, and its worker. */
export interface RunningStart {
  sinceMs: number;
  worker: string;
}

/** Starts of the attempts on workers other than `except`. */
export function startsOutside(running: readonly RunningStart[], except?: Workers): number[] {
  const left =
    except === undefined || except.size === 0
      ? running
      : running.filter(({ worker }) => !except.has(sourceName(worker)));
  return left.map(({ sinceMs }) => sinceMs);
}

/** Ages of the running attempts. A start in the future (a clock was set back) has no age. */
export class RunningAges {
  /** `startedMs`: wall clock, ascending. */
  constructor(
    readonly startedMs: readonly number[],
    readonly nowMs: number,
  ) {}

  /** Number of attempts older than `limitMs` and at most `atMostMs` old. */
  longerThan(limitMs: number, atMostMs = Infinity): number {
    return Math.max(0, this.startedBefore(this.nowMs - limitMs) - this.startedBefore(this.nowMs - atMostMs));
  }

  /** Age of the oldest attempt that is at most `atMostMs` old; 0: there is none. */
  oldestMs(atMostMs = Infinity): number {
    const startMs = this.startedMs[this.startedBefore(this.nowMs - atMostMs)];
    return startMs === undefined ? 0 : Math.max(0, this.nowMs - startMs);
  }

  private startedBefore(timeMs: number): number {
    let low = 0;
    let high = this.startedMs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.startedMs[middle] ?? 0) < timeMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export const NONE_RUNNING = new RunningAges([], 0);

import type { Decision, Phase, ProgressReport } from '@leeway/contract';
import { remaining } from '@leeway/estimator';
import { Percent, reportedPercent } from './percent.js';

/** A running attempt at one moment. */
export interface Moment {
  decision: Decision;
  elapsedMs: number;
  deadlineMs: number;
  phase: Phase | null;
  notice: ProgressReport['notice'];
}

/** The progress of an attempt, the same for events, job, command line and dashboard. */
export class ProgressState {
  private readonly percent = new Percent();
  private value: unknown = null;

  /** The newest value that the handler reported. */
  setValue(value: unknown): void {
    this.value = value;
    const percent = reportedPercent(value);
    if (percent !== undefined) this.percent.report(percent);
  }

  report({ decision, elapsedMs, deadlineMs, phase, notice }: Moment): ProgressReport {
    const leftMs = remaining(decision, elapsedMs)?.expectedMs ?? null;
    this.percent.estimate(elapsedMs, leftMs);
    return {
      value: this.value,
      elapsedMs: Math.round(elapsedMs),
      expectedMs: decision.expectedMs,
      remainingMs: leftMs === null ? null : Math.round(leftMs),
      deadlineMs: Math.round(deadlineMs),
      percent: this.percent.value,
      percentIs: this.percent.source,
      phase,
      notice,
    };
  }
}

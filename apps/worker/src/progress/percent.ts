/** The percentage in a reported value: `{ percent }`, or `{ done, of }` (also `total`). Undefined: there is none. */
export function reportedPercent(value: unknown): number | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  const { percent, done, of, total } = value as Record<string, unknown>;
  if (isNumber(percent)) return percent;
  const whole = of ?? total;
  return isNumber(done) && isNumber(whole) && whole > 0 ? (100 * done) / whole : undefined;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

/** 100 percent is kept for the end. */
const MOST_BEFORE_END = 99;

/** The progress of an attempt in whole percent: it never decreases, and is never 100 before the end. */
export class Percent {
  private percent: number | null = null;
  private reported = false;

  get value(): number | null {
    return this.percent;
  }

  /** Null: nothing is known. */
  get source(): 'reported' | 'estimated' | null {
    if (this.percent === null) return null;
    return this.reported ? 'reported' : 'estimated';
  }

  /** A report of the work itself. The first one replaces estimates, which may have been higher. */
  report(percent: number): void {
    this.raise(percent, this.reported);
    this.reported = true;
  }

  /** An estimate from the time of runs like it; no effect after a report. `remainingMs`: null when unknown. */
  estimate(elapsedMs: number, remainingMs: number | null): void {
    if (this.reported || remainingMs === null) return;
    const totalMs = elapsedMs + remainingMs;
    this.raise(totalMs > 0 ? (100 * elapsedMs) / totalMs : 0, true);
  }

  private raise(percent: number, keep: boolean): void {
    const whole = Math.min(MOST_BEFORE_END, Math.max(0, Math.floor(percent)));
    this.percent = keep ? Math.max(this.percent ?? 0, whole) : whole;
  }
}

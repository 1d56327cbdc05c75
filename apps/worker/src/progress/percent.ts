/** A value that says how far the work is: `{ percent }`, or `{ done, of }` (also `total`). Undefined: it does not. */
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

/** Nothing is finished before its end. */
const MOST_BEFORE_END = 99;

/** How far an attempt is, in whole percent: never back, and never 100 before its end. */
export class Percent {
  private percent: number | null = null;
  private reported = false;

  get value(): number | null {
    return this.percent;
  }

  /** Null: nobody can say. */
  get source(): 'reported' | 'estimated' | null {
    if (this.percent === null) return null;
    return this.reported ? 'reported' : 'estimated';
  }

  /** From the work itself. The first one takes the place of estimates, which may have promised more. */
  report(percent: number): void {
    this.raise(percent, this.reported);
    this.reported = true;
  }

  /** From the time of runs like it; without effect once the work itself has spoken. `remainingMs`: null when unknown. */
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

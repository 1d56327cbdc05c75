import type { AttemptId } from '@leeway/contract';
import type { Opening } from '@leeway/queue';

interface Asked extends Opening {
  untilMs: number;
  /** Its attempt, once a beat has told it. */
  attempt: AttemptId | null;
}

/**
 * What the heartbeat thread vouches for, each until a time: attempts, and those that are being opened, whose number only
 * Redis knows until the main loop has read its answer. Pure.
 */
export class LeaseTable {
  private readonly until = new Map<AttemptId, number>();
  private asked: Asked[] = [];

  get attempts(): AttemptId[] {
    return [...this.until.keys()];
  }

  get openings(): readonly Opening[] {
    return this.asked;
  }

  /** All attempts that are open here as far as is known, also those that the main loop has not heard of. */
  get open(): AttemptId[] {
    const news = this.asked.flatMap(({ attempt }) => attempt ?? []);
    return [...new Set([...this.until.keys(), ...news])];
  }

  renewLease(attempt: AttemptId, untilMs: number): void {
    this.until.set(attempt, untilMs);
  }

  release(attempt: AttemptId): void {
    this.until.delete(attempt);
  }

  opening({ job, token }: Opening, untilMs: number): void {
    this.asked.push({ job, token, untilMs, attempt: null });
  }

  /** The main loop has heard what came of it. Null: nothing to vouch for. */
  opened({ job, token }: Opening, attempt: AttemptId | null): void {
    const its = this.asked.find((one) => one.job === job && one.token === token);
    this.asked = this.asked.filter((one) => one !== its);
    if (its !== undefined && attempt !== null && !this.until.has(attempt)) this.until.set(attempt, its.untilMs);
  }

  /** A beat has told the attempts of `openings`, in their order; null where none is open. */
  observe(openings: readonly Opening[], attempts: readonly (AttemptId | null)[]): void {
    for (const one of this.asked) one.attempt = attempts[openings.indexOf(one)] ?? one.attempt;
  }

  /** Forgets whose time is over. */
  expire(nowMs: number): void {
    for (const [attempt, untilMs] of this.until) if (untilMs < nowMs) this.until.delete(attempt);
    this.asked = this.asked.filter(({ untilMs }) => untilMs >= nowMs);
  }
}

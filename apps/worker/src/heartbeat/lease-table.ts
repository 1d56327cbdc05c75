import type { AttemptId } from '@leeway/contract';
import type { PendingClaim } from '@leeway/queue';

interface LeasedClaim extends PendingClaim {
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
  private pending: LeasedClaim[] = [];

  get attempts(): AttemptId[] {
    return [...this.until.keys()];
  }

  get claims(): readonly PendingClaim[] {
    return this.pending;
  }

  /** All attempts that are open here as far as is known, also those that the main loop has not heard of. */
  get open(): AttemptId[] {
    const news = this.pending.flatMap(({ attempt }) => attempt ?? []);
    return [...new Set([...this.until.keys(), ...news])];
  }

  renewLease(attempt: AttemptId, untilMs: number): void {
    this.until.set(attempt, untilMs);
  }

  release(attempt: AttemptId): void {
    this.until.delete(attempt);
  }

  claimStarted({ job, token }: PendingClaim, untilMs: number): void {
    this.pending.push({ job, token, untilMs, attempt: null });
  }

  /** The main loop has heard what came of it. Null: nothing to vouch for. */
  claimFinished({ job, token }: PendingClaim, attempt: AttemptId | null): void {
    const its = this.pending.find((one) => one.job === job && one.token === token);
    this.pending = this.pending.filter((one) => one !== its);
    if (its !== undefined && attempt !== null && !this.until.has(attempt)) this.until.set(attempt, its.untilMs);
  }

  /** A beat has told the attempts of `claims`, in their order; null where none is open. */
  observe(claims: readonly PendingClaim[], attempts: readonly (AttemptId | null)[]): void {
    for (const one of this.pending) one.attempt = attempts[claims.indexOf(one)] ?? one.attempt;
  }

  /** Forgets whose time is over. */
  expire(nowMs: number): void {
    for (const [attempt, untilMs] of this.until) if (untilMs < nowMs) this.until.delete(attempt);
    this.pending = this.pending.filter(({ untilMs }) => untilMs >= nowMs);
  }
}

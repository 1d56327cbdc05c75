import type { AttemptId } from '@leeway/contract';
import type { PendingClaim } from '@leeway/queue';

interface LeasedClaim extends PendingClaim {
  untilMs: number;
  /** Its attempt, once a beat has reported it. */
  attempt: AttemptId | null;
}

/**
 * The leases that the heartbeat thread keeps alive, each until a time: those of attempts, and of claims, whose attempt only
 * Redis knows until the main loop has read the reply. Pure.
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

  /** All attempts that are open here, also those whose claim the main loop has not read yet. */
  get open(): AttemptId[] {
    const unread = this.pending.flatMap(({ attempt }) => attempt ?? []);
    return [...new Set([...this.until.keys(), ...unread])];
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

  /** The main loop has read the reply. Null: there is no attempt. */
  claimFinished({ job, token }: PendingClaim, attempt: AttemptId | null): void {
    const claim = this.pending.find((one) => one.job === job && one.token === token);
    this.pending = this.pending.filter((one) => one !== claim);
    if (claim !== undefined && attempt !== null && !this.until.has(attempt)) this.until.set(attempt, claim.untilMs);
  }

  /** A beat has reported the attempts of `claims`, in their order; null where none is open. */
  observe(claims: readonly PendingClaim[], attempts: readonly (AttemptId | null)[]): void {
    for (const one of this.pending) one.attempt = attempts[claims.indexOf(one)] ?? one.attempt;
  }

  /** Drops the leases whose time is over. */
  expire(nowMs: number): void {
    for (const [attempt, untilMs] of this.until) if (untilMs < nowMs) this.until.delete(attempt);
    this.pending = this.pending.filter(({ untilMs }) => untilMs >= nowMs);
  }
}

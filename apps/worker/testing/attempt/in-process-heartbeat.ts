import type { AttemptId } from '@leeway/contract';
import { heartbeatTimes } from '@leeway/queue';
import { beat, defineScripts, openRedis, type PendingClaim, type RedisConnection, type RunScript } from '@leeway/queue';
import type { HeartbeatOptions, WorkerHeartbeat } from '../../src/heartbeat/heartbeat.js';
import { LeaseTable } from '../../src/heartbeat/lease-table.js';
import { sharedMs } from '../../src/heartbeat/messages.js';

/** A heartbeat on the main loop instead of a thread: real beats over a connection of its own, and a record of its leases. */
export class InProcessHeartbeat implements WorkerHeartbeat {
  /** Every renewal of a lease so far. */
  readonly renewals: { attempt: AttemptId; forMs: number }[] = [];
  readonly inProcess: AttemptId[] = [];
  private readonly leases = new LeaseTable();
  private readonly redis: RedisConnection;
  private readonly run: RunScript;
  private readonly lastSent = new Map<AttemptId, string>();
  private readonly timer: NodeJS.Timeout;
  private self: HeartbeatOptions['self'];
  private firstBeat: Promise<void> | undefined;

  constructor(private readonly options: HeartbeatOptions) {
    this.self = options.self;
    this.redis = openRedis({ url: options.redisUrl, name: `beat-${options.self.id}`, patience: 'work' });
    this.redis.on('error', () => undefined);
    this.run = defineScripts(this.redis);
    this.timer = setInterval(
      () => void this.beatOnce().catch(() => undefined),
      heartbeatTimes(options.supervision).beatEveryMs,
    );
  }

  /** The attempts whose leases it holds. */
  get leased(): AttemptId[] {
    return this.leases.open;
  }

  ready(): Promise<void> {
    return (this.firstBeat ??= this.beatOnce());
  }

  /** Ends without a word, like that of a killed process: leases are not released, only never renewed again. */
  die(): void {
    clearInterval(this.timer);
    this.redis.disconnect();
  }

  async stop(): Promise<void> {
    this.die();
  }

  claimStarted(claim: PendingClaim, forMs: number): void {
    this.leases.claimStarted(claim, sharedMs() + forMs);
  }

  claimFinished(claim: PendingClaim, attempt: AttemptId | null): void {
    this.leases.claimFinished(claim, attempt);
  }

  renewLease(attempt: AttemptId, forMs: number): void {
    this.renewals.push({ attempt, forMs });
    this.leases.renewLease(attempt, sharedMs() + forMs);
  }

  markInProcess(attempt: AttemptId): void {
    this.inProcess.push(attempt);
  }

  release(attempt: AttemptId): void {
    this.leases.release(attempt);
    this.lastSent.delete(attempt);
  }

  describe(self: Partial<HeartbeatOptions['self']>): void {
    this.self = { ...this.self, ...self };
  }

  pingLeash(): void {
    // There is no leash.
  }

  private async beatOnce(): Promise<void> {
    this.leases.expire(sharedMs());
    const { supervision, onSignal } = this.options;
    const self = { worker: this.self.id, info: JSON.stringify(this.self), supervision };
    const { claims, attempts } = this.leases;
    const reply = await beat(this.run, self, attempts, claims);
    this.leases.observe(claims, reply.claimed);
    for (const [attempt, signal] of reply.signals) {
      const text = JSON.stringify(signal);
      if ((this.lastSent.get(attempt) ?? NO_CHANGE) === text) continue;
      this.lastSent.set(attempt, text);
      onSignal(attempt, signal);
    }
  }
}

const NO_CHANGE = JSON.stringify({ kind: 'desired', desired: {} });

import { splitAttemptId, type AttemptId, type JobId, type Policy } from '@leeway/contract';
import type { LostConnections } from './connections.js';
import type { AttemptStore } from '../attempts/attempt-store.js';
import type { Outbox } from '../bullmq/outbox.js';
import { retentionArgs } from '../redis/retention-args.js';
import type { RunScript } from '../redis/scripts.js';
import { awayAfterMs } from './standstill.js';

const BATCH = 200;
/** So many waiting jobs are checked in BullMQ in each sweep. */
const WAITING_CHECKED = 10;
/** A move that its process did not finish within this, in ms, is done by the sweep. */
const MOVE_AFTER_MS = 2_000;
/** Sweeps that were missed in a row before a gap is one. */
const MISSED_SWEEPS = 3;
/** A worker that was heard of within so many beats can be a lookout. */
const BEATS_OF_A_LOOKOUT = 2;

/** Where somebody is missed, the next look at the connections comes no sooner than this share of the usual time. */
const SHORTEST_LOOK_SHARE = 0.1;

export interface SweepCounts {
  lost: number;
  expired: number;
  repaired: number;
  /** Webhooks that are due now. */
  webhooksDue: number;
  /** True: beats were not judged, since this watchdog cannot trust what it saw. */
  quiet: boolean;
}

/**
 * Looks after what nobody looks after any more: attempts without a heartbeat, waits that are over, moves that a
 * process did not finish. Every worker runs one; many at once do no harm, since each step goes through a script
 * that checks again.
 *
 * Silence is judged by Redis time, after a standstill of Redis for a window not at all, and only while this watchdog's
 * own sweeps succeed: after a gap (Redis away, this process suspended) it waits one full window, in which healthy workers
 * vouch again; and one more when most workers look dead at once.
 */
export class Watchdog {
  private lastSweepMs = -Infinity;
  private redisNowMs = 0;
  private quietUntilMs = -Infinity;
  private reconnectingUntilMs = -Infinity;
  private manySilent = false;
  private isLookout = false;

  constructor(
    private readonly parts: {
      /** Its id. */
      worker: string;
      run: RunScript;
      attempts: AttemptStore;
      outbox: Outbox;
      connections: LostConnections;
      policy: Policy;
      nowMs: () => number;
    },
  ) {}

  async sweep(): Promise<SweepCounts> {
    const { run, policy, nowMs } = this.parts;
    const { lostAfterMs, beatEveryMs, connectionWatchers } = policy.supervision;
    const startedMs = nowMs();
    const [redisNowMs, stale, outbox, due, alive, silent, before, webhooksDue, waiting] = (await run(
      'sweep',
      lostAfterMs,
      MOVE_AFTER_MS,
      BATCH,
      lostAfterMs,
      this.parts.worker,
      beatEveryMs * BEATS_OF_A_LOOKOUT,
      awayAfterMs(policy.supervision),
      WAITING_CHECKED,
      connectionWatchers,
    )) as [number, AttemptId[], JobId[], JobId[], number, number, number, number, string[]];
    const endedMs = nowMs();
    if (!Number.isFinite(this.lastSweepMs)) this.keepQuiet(endedMs, beatEveryMs);
    else if (endedMs - this.lastSweepMs > this.gapMs) this.awaitReturns(endedMs);
    this.lastSweepMs = startedMs;
    this.redisNowMs = redisNowMs;
    this.isLookout = before < connectionWatchers;
    this.watchForMany(alive, silent, endedMs);
    const quiet = endedMs < this.quietUntilMs;
    return {
      lost: quiet ? 0 : await countTrue(stale, (id) => this.requeueLost(id)),
      expired: await countTrue(due, (id) => this.expire(id)),
      repaired:
        (await countTrue(outbox, (id) => this.parts.outbox.reconcile(id))) +
        (await this.checkWaiting(waiting).catch(() => 0)),
      webhooksDue,
      quiet,
    };
  }

  /**
   * How long an attempt has to be silent until a worker that BullMQ hands its job may take it over, in ms: as long as
   * BullMQ waits for a lock; for ever while this watchdog cannot judge who is silent.
   */
  get takeOverAfterMs(): number {
    const { policy, nowMs } = this.parts;
    return nowMs() < this.quietUntilMs ? Number.MAX_SAFE_INTEGER : policy.supervision.lockMs;
  }

  /**
   * Hands on the attempts of workers whose process is gone, seen by their lost connections, without waiting for their
   * silence. A few workers do that for all: what it costs Redis does not grow with their number.
   */
  async sweepConnections(): Promise<number> {
    const { run, connections, policy, nowMs } = this.parts;
    if (!this.isLookout || nowMs() < this.reconnectingUntilMs || nowMs() - this.lastSweepMs > this.gapMs) {
      connections.forget();
      return 0;
    }
    const presentAfterMs = this.redisNowMs + (nowMs() - this.lastSweepMs) - policy.supervision.lostAfterMs;
    let requeued = 0;
    for (const worker of await connections.look(presentAfterMs, nowMs())) {
      const attempts = (await run('open-attempts-of', worker)) as AttemptId[];
      requeued += await countTrue(attempts, (id) => this.requeueLost(id, 0));
    }
    return requeued;
  }

  /** When to look at the connections again, in ms: sooner where somebody is missed. */
  get nextLookMs(): number {
    const { connections, policy, nowMs } = this.parts;
    const { connectionCheckMs } = policy.supervision;
    const dueInMs = connections.dueInMs(nowMs()) ?? connectionCheckMs;
    return Math.min(connectionCheckMs, Math.max(dueInMs, connectionCheckMs * SHORTEST_LOOK_SHARE));
  }

  /** The connection to Redis was lost: the others' may be too, so nothing is judged until they can be back. */
  distrust(): void {
    const { connections, nowMs } = this.parts;
    connections.forget();
    this.awaitReturns(nowMs());
  }

  /** Without a sweep for so long this watchdog does not know what went on, in ms. */
  private get gapMs(): number {
    const { sweepEveryMs, lostAfterMs } = this.parts.policy.supervision;
    return sweepEveryMs * MISSED_SWEEPS + lostAfterMs / 2;
  }

  /**
   * Redis was away, or this process: the others have a window to be heard of again. One that is stopped before it could
   * be has until the end of it: then its leash has ended its commands.
   */
  private awaitReturns(nowMs: number): void {
    this.keepQuiet(nowMs, this.parts.policy.supervision.leashSilenceMs);
    // Redis closes at once what was given up while it was away; those workers need a moment to connect again.
    this.reconnectingUntilMs = this.quietUntilMs;
  }

  private keepQuiet(nowMs: number, marginMs: number): void {
    this.quietUntilMs = Math.max(this.quietUntilMs, nowMs + this.parts.policy.supervision.lostAfterMs + marginMs);
  }

  private watchForMany(alive: number, silent: number, nowMs: number): void {
    const many = silent > alive;
    if (many && !this.manySilent) this.keepQuiet(nowMs, this.parts.policy.supervision.beatEveryMs);
    this.manySilent = many;
  }

  private async requeueLost(id: AttemptId, lostAfterMs = this.parts.policy.supervision.lostAfterMs): Promise<boolean> {
    const { job, number } = splitAttemptId(id);
    const { fate, affectedJobs } = await this.parts.attempts.markLost(job, number, lostAfterMs);
    if (fate === 'alive' || fate === 'gone') return false;
    await this.parts.outbox.reconcileAll([job, ...affectedJobs]);
    return true;
  }

  private async checkWaiting(flat: readonly string[]): Promise<number> {
    const jobs = flat.flatMap((id, i) => (i % 2 === 0 ? [{ id: id as JobId, queue: flat[i + 1] as string }] : []));
    return this.parts.outbox.reconcileMissing(jobs);
  }

  private async expire(id: JobId): Promise<boolean> {
    const [fate, affectedJobs = []] = (await this.parts.run('expire', id, ...retentionArgs(this.parts.policy))) as [
      string,
      JobId[]?,
    ];
    if (fate === 'gone') return false;
    await this.parts.outbox.reconcileAll([id, ...affectedJobs]);
    return true;
  }
}

async function countTrue<T>(items: readonly T[], action: (item: T) => Promise<boolean>): Promise<number> {
  const results = await Promise.allSettled(items.map(action));
  return results.filter((result) => result.status === 'fulfilled' && result.value).length;
}

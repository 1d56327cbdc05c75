import { splitAttemptId, type AttemptId, type JobId, type Policy } from '@leeway/contract';
import { heartbeatTimes, type HeartbeatTimes } from '../workers/heartbeat-times.js';
import type { AttemptStore } from '../attempts/attempt-store.js';
import type { Outbox } from '../bullmq/outbox.js';
import { retentionArgs } from '../redis/retention-args.js';
import type { RunScript } from '../redis/scripts.js';
import { standstillMs } from '../workers/standstill.js';
import type { LostConnections } from './lost-connections.js';

/** Entries of each list that one sweep takes at most. */
const BATCH = 200;
/** So many waiting jobs are checked in BullMQ in each sweep. */
const WAITING_CHECKED = 10;
/** Every worker looks for lost attempts and unfinished outbox entries this often: a killed worker is recovered from within three seconds. */
export const SWEEP_EVERY_MS = 500;
/** The connection watchers look this often whether the other workers are connected: one look costs Redis less than a millisecond. */
export const CONNECTION_CHECK_MS = 100;
/** Workers that watch the connections of the others: one that dies itself or is busy leaves two; the cost does not grow with the workers. */
export const CONNECTION_WATCHERS = 3;
/** An outbox entry is left to the process that made it for so long, in ms; then the sweep reconciles its job. */
const OUTBOX_AGE_MS = 2_000;
/** Sweeps that may be missed in a row before it is a gap. */
const MISSED_SWEEPS = 3;
/** A worker whose heartbeat is no older than so many intervals can be a connection watcher. */
const WATCHER_BEATS = 2;
/** Where a worker is missing, the next look at the connections comes no sooner than this share of the usual interval. */
const SHORTEST_LOOK_SHARE = 0.1;

export interface SweepCounts {
  lost: number;
  expired: number;
  /** Jobs that were reconciled with BullMQ. */
  repaired: number;
  /** Webhooks that are due now. */
  webhooksDue: number;
  /** True: silence was not judged, since this watchdog cannot trust its own view. */
  quiet: boolean;
}

interface WatchdogParts {
  /** Its worker. */
  worker: string;
  run: RunScript;
  attempts: AttemptStore;
  outbox: Outbox;
  connections: LostConnections;
  policy: Policy;
  /** Monotonic. */
  nowMs: () => number;
}

/** As sweep.lua replies. */
type SweepReply = [
  redisNowMs: number,
  silent: AttemptId[],
  outbox: JobId[],
  due: JobId[],
  livingWorkers: number,
  silentWorkers: number,
  watchersBefore: number,
  webhooksDue: number,
  waiting: string[],
];

/**
 * Finds what has lost its process: attempts without a heartbeat, waits that are over, outbox entries whose process
 * has died. Every worker runs one; many at once do no harm, since each step is a script that checks again.
 *
 * Silence is judged by Redis time, and only while this watchdog's own sweeps succeed: after a gap (Redis away, this process
 * suspended) it waits one full window, in which healthy workers renew their leases; and one more when most workers look dead
 * at once. After a standstill of Redis all have a window too, which the script grants.
 */
export class Watchdog {
  private lastSweepMs = -Infinity;
  private redisNowMs = 0;
  private quietUntilMs = -Infinity;
  private reconnectingUntilMs = -Infinity;
  private wereManySilent = false;
  private isConnectionWatcher = false;

  private readonly times: HeartbeatTimes;

  constructor(private readonly parts: WatchdogParts) {
    this.times = heartbeatTimes(parts.policy.supervision);
  }

  async sweep(): Promise<SweepCounts> {
    const startedMs = this.parts.nowMs();
    const reply = await this.look();
    const [redisNowMs, silent, outbox, due, livingWorkers, silentWorkers, watchersBefore, webhooksDue, waiting] = reply;
    const endedMs = this.parts.nowMs();
    this.checkOwnView(endedMs);
    this.lastSweepMs = startedMs;
    this.redisNowMs = redisNowMs;
    this.isConnectionWatcher = watchersBefore < CONNECTION_WATCHERS;
    this.checkForManySilent(livingWorkers, silentWorkers, endedMs);
    const quiet = endedMs < this.quietUntilMs;
    return {
      lost: quiet ? 0 : await countTrue(silent, (id) => this.requeueLost(id)),
      expired: await countTrue(due, (id) => this.expire(id)),
      repaired: (await countTrue(outbox, (id) => this.parts.outbox.reconcile(id))) + (await this.checkWaiting(waiting)),
      webhooksDue,
      quiet,
    };
  }

  private async look(): Promise<SweepReply> {
    const { run, policy, worker } = this.parts;
    const { lostAfterMs } = policy.supervision;
    return (await run(
      'sweep',
      lostAfterMs,
      OUTBOX_AGE_MS,
      BATCH,
      lostAfterMs,
      worker,
      this.times.beatEveryMs * WATCHER_BEATS,
      standstillMs(policy.supervision),
      WAITING_CHECKED,
      CONNECTION_WATCHERS,
    )) as SweepReply;
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
   * Requeues the attempts of workers whose connections are gone, without waiting for their silence. A few connection watchers
   * do it for all workers: what it costs Redis does not grow with their number.
   */
  async sweepConnections(): Promise<number> {
    const { run, connections, policy, nowMs } = this.parts;
    const sinceSweepMs = nowMs() - this.lastSweepMs;
    if (!this.isConnectionWatcher || nowMs() < this.reconnectingUntilMs || sinceSweepMs > this.gapMs) {
      connections.reset();
      return 0;
    }
    const presentAfterMs = this.redisNowMs + sinceSweepMs - policy.supervision.lostAfterMs;
    let requeued = 0;
    for (const worker of await connections.look(presentAfterMs, nowMs())) {
      const attempts = (await run('open-attempts-of', worker)) as AttemptId[];
      requeued += await countTrue(attempts, (id) => this.requeueLost(id, 0));
    }
    return requeued;
  }

  /** When to look at the connections again, in ms: sooner where a worker is missing. */
  get nextLookMs(): number {
    const { connections, nowMs } = this.parts;
    const dueInMs = connections.dueInMs(nowMs()) ?? CONNECTION_CHECK_MS;
    return Math.min(CONNECTION_CHECK_MS, Math.max(dueInMs, CONNECTION_CHECK_MS * SHORTEST_LOOK_SHARE));
  }

  /** The connection to Redis was lost: those of other workers may be too, so nothing is judged until they can be back. */
  distrust(): void {
    const { connections, nowMs } = this.parts;
    connections.reset();
    this.awaitReturns(nowMs());
  }

  /** Without a sweep for so long this watchdog does not know what happened, in ms. */
  private get gapMs(): number {
    return SWEEP_EVERY_MS * MISSED_SWEEPS + this.parts.policy.supervision.lostAfterMs / 2;
  }

  private checkOwnView(nowMs: number): void {
    if (!Number.isFinite(this.lastSweepMs)) this.keepQuiet(nowMs, this.times.beatEveryMs);
    else if (nowMs - this.lastSweepMs > this.gapMs) this.awaitReturns(nowMs);
  }

  /**
   * Redis was away, or this process: the other workers have a window to come back. A process that is stopped before it can
   * come back has until the end of it: then its leash has ended its commands.
   */
  private awaitReturns(nowMs: number): void {
    this.keepQuiet(nowMs, this.times.leashSilenceMs);
    // Redis closes at once what was given up while it was away; those workers need a moment to connect again.
    this.reconnectingUntilMs = this.quietUntilMs;
  }

  private keepQuiet(nowMs: number, marginMs: number): void {
    this.quietUntilMs = Math.max(this.quietUntilMs, nowMs + this.parts.policy.supervision.lostAfterMs + marginMs);
  }

  private checkForManySilent(living: number, silent: number, nowMs: number): void {
    const areMany = silent > living;
    if (areMany && !this.wereManySilent) this.keepQuiet(nowMs, this.times.beatEveryMs);
    this.wereManySilent = areMany;
  }

  private async requeueLost(id: AttemptId, lostAfterMs = this.parts.policy.supervision.lostAfterMs): Promise<boolean> {
    const { job, number } = splitAttemptId(id);
    const { status, affectedJobs } = await this.parts.attempts.markLost(job, number, lostAfterMs);
    if (status === 'alive' || status === 'gone') return false;
    await this.parts.outbox.reconcileAll([job, ...affectedJobs]);
    return true;
  }

  private async expire(id: JobId): Promise<boolean> {
    const { run, policy, outbox } = this.parts;
    const [status, affectedJobs = []] = (await run('expire', id, ...retentionArgs(policy))) as [string, JobId[]?];
    if (status === 'gone') return false;
    await outbox.reconcileAll([id, ...affectedJobs]);
    return true;
  }

  /** `flat`: id, queue, ... of waiting jobs. Returns how many were missing in BullMQ; what fails now is left to a later sweep. */
  private async checkWaiting(flat: readonly string[]): Promise<number> {
    const jobs = flat.flatMap((id, i) => (i % 2 === 0 ? [{ id: id as JobId, queue: flat[i + 1] as string }] : []));
    return this.parts.outbox.reconcileMissing(jobs).catch(() => 0);
  }
}

async function countTrue<T>(items: readonly T[], action: (item: T) => Promise<boolean>): Promise<number> {
  const results = await Promise.allSettled(items.map(action));
  return results.filter((result) => result.status === 'fulfilled' && result.value).length;
}

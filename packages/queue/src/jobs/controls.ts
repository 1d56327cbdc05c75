import type { JobId, Policy, Timeout } from '@leeway/contract';
import type { Outbox } from '../bullmq/outbox.js';
import type { RedisConnection } from '../redis/connection.js';
import { guarded } from '../redis/guarded.js';
import { retentionArgs } from '../redis/retention-args.js';
import type { RunScript, ScriptArg, ScriptName } from '../redis/scripts.js';

/** Limits that can be changed after submission; absent ones stay. Checked by the contract before. */
export interface LimitChanges {
  timeoutMs?: Timeout;
  queueMs?: number;
  firstOutputMs?: number;
  idleMs?: number;
  toolMs?: number;
  overallMs?: number;
  /** ISO 8601. */
  completeBy?: string;
}

interface ControlsParts {
  redis: RedisConnection;
  run: RunScript;
  outbox: Outbox;
  policy: Policy;
  /** Longest wait of one call, in ms. */
  callWaitMs: number;
  onError: (error: Error) => void;
}

/**
 * Controls of a submitted job, one script each. `requested`: a worker reads it with its next heartbeat; nothing here waits for
 * that. Throws LeewayError `store_unavailable`, or `outcome_unknown` where the change may have happened.
 */
export class Controls {
  constructor(private readonly parts: ControlsParts) {}

  async cancel(id: JobId, reason: string): Promise<'cancelled' | 'requested' | 'already' | 'too_late' | 'unknown'> {
    return this.control(id, 'cancelled', ['cancel', id, reason, ...retentionArgs(this.parts.policy)]);
  }

  /** Pauses a waiting job, or asks the worker of a running one to stop its process, where its kind allows that. */
  async pause(id: JobId): Promise<'paused' | 'requested' | 'already' | 'not_possible' | 'too_late' | 'unknown'> {
    const { policy } = this.parts;
    return this.control(id, 'paused', ['pause', id, policy.limits.maxPauseMs, ...retentionArgs(policy)]);
  }

  async resume(id: JobId): Promise<'resumed' | 'requested' | 'already' | 'too_late' | 'unknown'> {
    return this.control(id, 'resumed', ['resume', id, ...retentionArgs(this.parts.policy)]);
  }

  /** Gives a failed or cancelled job new attempts and a new overall limit; completeBy stays. */
  async retry(
    id: JobId,
    attempts = this.parts.policy.limits.attempts,
  ): Promise<'retried' | 'already' | 'not_possible' | 'too_late' | 'unknown'> {
    return this.control(id, 'retried', ['retry', id, attempts, ...retentionArgs(this.parts.policy)]);
  }

  /** `overallBoundMs`: what bounds all attempts together, where the changes move that; Infinity: nothing does any more. */
  async changeLimits(
    id: JobId,
    limits: LimitChanges,
    overallBoundMs?: number,
  ): Promise<'changed' | 'requested' | 'too_late' | 'unknown'> {
    const given = Object.entries(limits).filter(([, value]) => value !== undefined) as [string, string | number][];
    return this.control(id, 'changed', [
      'change-limits',
      id,
      ...retentionArgs(this.parts.policy),
      ...given.flat(),
      ...(limits.completeBy === undefined ? [] : ['completeByMs', Date.parse(limits.completeBy)]),
      ...(overallBoundMs === undefined ? [] : ['overallBoundMs', overallBoundMs === Infinity ? '' : overallBoundMs]),
    ]);
  }

  /** Where the script has changed records, BullMQ is reconciled at once, and by the sweep at the latest. */
  private async control<Reply extends string>(
    id: JobId,
    applied: Reply,
    [name, ...args]: [ScriptName, ...ScriptArg[]],
  ): Promise<Reply> {
    const { redis, run, outbox, callWaitMs, onError } = this.parts;
    const [reply, affectedJobs = []] = (await guarded(
      redis,
      callWaitMs,
      () => run(name, ...args),
      'the job was being changed',
    )) as [Reply, JobId[]?];
    outbox.reconcileAll(reply === applied ? [id, ...affectedJobs] : affectedJobs).catch(onError);
    return reply;
  }
}

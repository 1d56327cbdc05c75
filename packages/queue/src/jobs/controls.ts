import type { JobId, Policy } from '@leeway/contract';
import type { RedisConnection } from '../redis/connection.js';
import { guarded } from '../redis/failures.js';
import type { Outbox } from '../bullmq/outbox.js';
import { retentionArgs } from '../redis/retention-args.js';
import type { RunScript, ScriptArg, ScriptName } from '../redis/scripts.js';
import type { JobVerbs, LimitChanges } from './verbs.js';

/** The verbs that steer a job that was submitted: one script each, and BullMQ is told where that changed what it should hold. */
export class Controls implements Pick<JobVerbs, 'cancel' | 'pause' | 'resume' | 'retry' | 'changeLimits'> {
  constructor(
    private readonly parts: {
      redis: RedisConnection;
      run: RunScript;
      outbox: Outbox;
      policy: Policy;
      onError: (error: Error) => void;
    },
  ) {}

  async cancel(id: JobId, reason: string): ReturnType<JobVerbs['cancel']> {
    return this.control(id, 'cancelled', ['cancel', id, reason, ...retentionArgs(this.parts.policy)]);
  }

  async pause(id: JobId): ReturnType<JobVerbs['pause']> {
    const { policy } = this.parts;
    return this.control(id, 'paused', ['pause', id, policy.limits.maxPauseMs, ...retentionArgs(policy)]);
  }

  async resume(id: JobId): ReturnType<JobVerbs['resume']> {
    return this.control(id, 'resumed', ['resume', id, ...retentionArgs(this.parts.policy)]);
  }

  async retry(id: JobId, attempts = this.parts.policy.limits.attempts): ReturnType<JobVerbs['retry']> {
    return this.control(id, 'retried', ['retry', id, attempts, ...retentionArgs(this.parts.policy)]);
  }

  async changeLimits(id: JobId, limits: LimitChanges, overallBoundMs?: number): ReturnType<JobVerbs['changeLimits']> {
    const stated = Object.entries(limits).filter(([, value]) => value !== undefined) as [string, string | number][];
    const completeBy = limits.completeBy === undefined ? [] : ['completeByMs', Date.parse(limits.completeBy)];
    return this.control(id, 'changed', [
      'change-limits',
      id,
      ...retentionArgs(this.parts.policy),
      ...stated.flat(),
      ...completeBy,
      ...(overallBoundMs === undefined ? [] : ['overallBoundMs', overallBoundMs === Infinity ? '' : overallBoundMs]),
    ]);
  }

  /** One control script; where it changed what BullMQ should hold, BullMQ is told at once, and by the sweep at the latest. */
  private async control<Done extends string>(
    id: JobId,
    applied: Done,
    [name, ...args]: [ScriptName, ...ScriptArg[]],
  ): Promise<Done> {
    const [done, affectedJobs = []] = (await guarded(
      this.parts.redis,
      this.parts.policy.supervision.clientWaitMs,
      () => this.parts.run(name, ...args),
      'the job was being changed',
    )) as [Done, JobId[]?];
    const changed = done === applied ? [id, ...affectedJobs] : affectedJobs;
    this.parts.outbox.reconcileAll(changed).catch(this.parts.onError);
    return done;
  }
}

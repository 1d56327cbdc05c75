import { UnrecoverableError } from 'bullmq';
import { isFinal, type JobId } from '@leeway/contract';
import type { BullQueues, ScheduledJob } from './bull-queues.js';
import type { RedisConnection } from '../redis/connection.js';
import { PREFIX } from '../redis/keys.js';
import { JobRecord } from '../jobs/job-record.js';
import type { RunScript } from '../redis/scripts.js';

/** What BullMQ has to be told after a transition of the record. */
export type Move = 'add' | 'wait' | 'delay' | 'complete' | 'fail' | 'remove';

/** A job that goes on this often while BullMQ is told of it is left to the next sweep. */
const PASSES = 3;

/**
 * Tells BullMQ what the record has become. Between the record and BullMQ a process can die at any line: the move
 * stays listed until it is done, and `repair` does what nobody else finished.
 */
export class Outbox {
  constructor(
    private readonly redis: RedisConnection,
    private readonly bull: BullQueues,
    private readonly run: RunScript,
  ) {}

  /** Strikes a move off the list, unless another one has been asked for since. False: it was not there any more. */
  async done(id: JobId, score: number): Promise<boolean> {
    return (await this.run('ack-sync', id, score)) === 1;
  }

  /** Makes the move with a job that this worker holds. */
  async make(job: ScheduledJob, token: string, move: { kind: Move; readyAtMs?: number; note?: string }): Promise<void> {
    switch (move.kind) {
      case 'complete':
        await job.moveToCompleted(null, token, false);
        return;
      case 'fail':
        await job.moveToFailed(new UnrecoverableError(move.note ?? 'failed'), token, false);
        return;
      case 'delay':
        await job.moveToDelayed(move.readyAtMs ?? Date.now(), token);
        return;
      case 'wait':
        // As delayed until now: unlike `moveToWait` that wakes an idle worker at once, also for a job with a priority.
        await job.moveToDelayed(Date.now(), token);
        return;
      case 'remove':
        await job.remove();
        return;
      case 'add':
        return;
    }
  }

  /**
   * Brings BullMQ in step with the record, whatever is amiss. Returns true when nothing is left to do; false when
   * BullMQ still holds the job under a lock that has to run out first.
   */
  async repair(id: JobId): Promise<boolean> {
    for (let pass = 0; pass < PASSES; pass += 1) {
      const score = await this.redis.zscore(`${PREFIX}:outbox`, id);
      if (score === null && pass === 0) return true;
      const record = new JobRecord(id, await this.redis.hgetall(`${PREFIX}:job:${id}`));
      if (record.exists && !(await this.reconcile(record))) return false;
      if (score === null || (await this.done(id, Number(score)))) return true;
      // It has gone on since the record was read, and somebody has told BullMQ: this may have undone that.
    }
    return false;
  }

  private async reconcile(record: JobRecord): Promise<boolean> {
    // An open attempt holds the job in BullMQ; nothing to do until it ends.
    if (record.text('attempt') !== '0') return true;
    const job = await this.bull.job(record.queue, record.id);
    const readyAtMs = record.number('readyAt') ?? 0;
    if (job === undefined) {
      if (record.state === 'queued' || record.state === 'scheduled')
        await this.bull.add(record, readyAtMs - Date.now());
      return true;
    }
    const where = await job.getState();
    if (isFinal(record.state) || record.state === 'paused') return this.finish(job, record, where);
    if (where === 'active') return this.release(job, record, readyAtMs);
    if (where === 'completed' || where === 'failed') {
      // BullMQ believes that it is over, the record knows better: start again with a clean entry.
      await job.remove();
      await this.bull.add(record, readyAtMs - Date.now());
    }
    return where !== 'delayed' || this.reschedule(job, readyAtMs);
  }

  /** What BullMQ delays for another reason, or for another time, comes when the record says. */
  private reschedule(job: ScheduledJob, readyAtMs: number): Promise<boolean> {
    const inMs = readyAtMs - Date.now();
    return this.attempt(() => (inMs > 0 ? job.changeDelay(inMs) : job.promote()));
  }

  private async finish(job: ScheduledJob, record: JobRecord, where: string): Promise<boolean> {
    const kind: Move = record.state === 'succeeded' ? 'complete' : 'fail';
    if (where === (kind === 'complete' ? 'completed' : 'failed')) return true;
    if (where !== 'active') {
      // Also what BullMQ believes to have ended otherwise: another worker had been handed it while it was paused.
      await job.remove();
      return true;
    }
    return this.attempt(() => this.make(job, record.text('token') ?? '', { kind, note: record.text('cause') }));
  }

  private release(job: ScheduledJob, record: JobRecord, readyAtMs: number): Promise<boolean> {
    const token = record.text('token') ?? '';
    const kind: Move = readyAtMs > Date.now() ? 'delay' : 'wait';
    return this.attempt(() => this.make(job, token, { kind, readyAtMs }));
  }

  /** Without the lock's token BullMQ refuses: then its stalled check will put the job back, and `open` decides. */
  private async attempt(action: () => Promise<void>): Promise<boolean> {
    try {
      await action();
      return true;
    } catch {
      return false;
    }
  }
}

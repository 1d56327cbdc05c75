import { UnrecoverableError } from 'bullmq';
import type { JobId } from '@leeway/contract';
import type { BullQueues, ScheduledJob } from './bull-queues.js';
import { type OutboxEntry, type SyncAction, syncActionOf, type SyncReply } from './sync-action.js';
import { JobRecord, type Flat } from '../record/job-record.js';
import type { RunScript } from '../redis/scripts.js';

/** A job whose record changes this often while it is reconciled is left to the next sweep. */
const PASSES = 3;

/** Where BullMQ has a job that it will not hand out. */
const NOT_WAITING: ReadonlySet<string> = new Set(['unknown', 'completed', 'failed']);

/** A job that waits for a worker by its record. */
export interface WaitingJob {
  id: JobId;
  queue: string;
}

/**
 * The transactional outbox between the records and BullMQ. A script that changes what BullMQ should hold adds an entry in
 * the same step; the entry stays until BullMQ was changed and the entry acknowledged. Where a process dies in between, the
 * sweep of any worker reconciles the job.
 */
export class Outbox {
  constructor(
    private readonly bull: BullQueues,
    private readonly run: RunScript,
    private readonly wallMs: () => number,
  ) {}

  /**
   * Applies an entry with the job that this worker holds, and acknowledges it. Rejects when BullMQ refuses; the entry
   * stays then. Nobody waits for the acknowledgement: without it the sweep looks once more.
   */
  async sync(job: ScheduledJob, token: string, { revision, ...action }: OutboxEntry): Promise<void> {
    await this.apply(job, token, action);
    this.ack(job.id as JobId, revision).catch(() => undefined);
  }

  /** Changes BullMQ under the lock of a job that this worker holds. */
  async apply(job: ScheduledJob, token: string, sync: SyncAction): Promise<void> {
    switch (sync.action) {
      case 'complete':
        await job.moveToCompleted(null, token, false);
        return;
      case 'fail':
        await job.moveToFailed(new UnrecoverableError(sync.reason), token, false);
        return;
      case 'delay':
        // Also without a delay: unlike `moveToWait` it wakes an idle worker at once, also for a job with a priority.
        await job.moveToDelayed(this.wallMs() + sync.delayMs, token);
        return;
    }
  }

  /** Removes an entry, unless the record has changed since. False: it was not there any more. */
  async ack(id: JobId, revision: number): Promise<boolean> {
    return (await this.run('ack-sync', id, revision)) === 1;
  }

  /** Reconciles several jobs, all of them even where some fail. Rejects with the first error. */
  async reconcileAll(ids: readonly JobId[]): Promise<void> {
    const results = await Promise.allSettled(ids.map((id) => this.reconcile(id)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  /**
   * Brings BullMQ in step with a record, wherever the job is. True: nothing is left to do. False: BullMQ holds the job under
   * a lock that has to run out first.
   */
  async reconcile(id: JobId): Promise<boolean> {
    for (let pass = 0; pass < PASSES; pass += 1) {
      const [revision, fields, ...sync] = (await this.run('read-sync', id)) as [number, Flat, ...([] | SyncReply)];
      if (revision === 0 && pass === 0) return true;
      // Without an action an attempt is open, which holds the job in BullMQ until it ends; or the record is gone.
      if (sync.length > 0 && !(await this.moveTo(syncActionOf(sync as SyncReply), new JobRecord(id, fields))))
        return false;
      if (revision === 0 || (await this.ack(id, revision))) return true;
      // The record has changed since it was read, and that change was applied by another process: this may have undone it.
    }
    return false;
  }

  /**
   * Reconciles those of some waiting jobs that BullMQ does not have as waiting: they were removed with another tool, or
   * a process was stopped in the middle of an old change. Returns how many there were.
   */
  async reconcileMissing(waiting: readonly WaitingJob[]): Promise<number> {
    const places = await Promise.all(waiting.map(({ queue, id }) => this.bull.place(queue, id)));
    const missing = waiting.filter((_, i) => NOT_WAITING.has(places[i] as string));
    await Promise.all(missing.map(({ id }) => this.run('enqueue-sync', id)));
    await this.reconcileAll(missing.map(({ id }) => id));
    return missing.length;
  }

  private async moveTo(sync: SyncAction, record: JobRecord): Promise<boolean> {
    const job = await this.bull.job(record.queue, record.id);
    if (job === undefined) {
      if (sync.action === 'delay') await this.bull.add(record, sync.delayMs);
      return true;
    }
    const place = await job.getState();
    if (place === 'active') return succeeds(() => this.apply(job, record.text('token') ?? '', sync));
    if (sync.action !== 'delay') {
      // Also what BullMQ believes to have ended otherwise: another worker had been handed it while it was paused.
      if (place !== (sync.action === 'complete' ? 'completed' : 'failed')) await job.remove();
      return true;
    }
    if (place === 'completed' || place === 'failed') {
      // BullMQ has an end of the job that the record has not: it starts again with a new entry.
      await job.remove();
      await this.bull.add(record, sync.delayMs);
    }
    // Delayed for another reason, or until another time than the record has it.
    return place !== 'delayed' || succeeds(() => (sync.delayMs > 0 ? job.changeDelay(sync.delayMs) : job.promote()));
  }
}

/** BullMQ refuses without the token of the lock. Its stalled check will put the job back then, and the next claim decides. */
async function succeeds(action: () => Promise<void>): Promise<boolean> {
  try {
    await action();
    return true;
  } catch {
    return false;
  }
}

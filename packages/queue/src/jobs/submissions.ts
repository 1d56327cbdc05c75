import { LeewayError, type JobId, type Policy } from '@leeway/contract';
import type { BullQueues } from '../bullmq/bull-queues.js';
import type { RedisConnection } from '../redis/connection.js';
import { guarded } from '../redis/failures.js';
import { newJobId } from './ids.js';
import type { Outbox } from '../bullmq/outbox.js';
import { type JobRecord, jobView, readRecord } from './job-record.js';
import type { RunScript } from '../redis/scripts.js';
import { newRecord } from './new-record.js';
import type { NewJob, Submitted } from './verbs.js';

/** The way of a job into the queue: the record first, then BullMQ. */
export class Submissions {
  constructor(
    private readonly parts: {
      redis: RedisConnection;
      run: RunScript;
      outbox: Outbox;
      bull: BullQueues;
      policy: Policy;
      /** No call to Redis waits longer, in ms. */
      waitMs: number;
      wallMs: () => number;
      onError: (error: Error) => void;
    },
  ) {}

  async submit(job: NewJob): Promise<Submitted> {
    const id = newJobId(this.parts.wallMs());
    const { args, record } = newRecord(id, job, this.parts.policy);
    const [status, answer, affectedJobs = []] = (await guarded(
      this.parts.redis,
      this.parts.waitMs,
      () => this.parts.run('submit', ...args),
      'the job was being stored',
    )) as [string, unknown, JobId[]?];
    if (status === 'conflict')
      throw new LeewayError(
        'idempotency_conflict',
        `This Idempotency-Key belongs to job ${String(answer)}, which was submitted with another body.`,
      );
    if (status === 'full')
      throw new LeewayError(
        'queue_full',
        `${String(answer)} jobs are waiting; the policy allows ${this.parts.policy.retention.maxWaiting}.`,
        { retryAfterS: 10 },
      );
    if (status === 'replayed') return { job: jobView(await this.read(answer as JobId)), replayed: true };
    if (job.workflow !== undefined) {
      await this.handSteps(affectedJobs);
      return { job: jobView(await this.read(id)), replayed: false };
    }
    const stored = record(answer as number);
    await this.hand(stored);
    return { job: jobView(stored), replayed: false };
  }

  private read(id: JobId): Promise<JobRecord> {
    return guarded(this.parts.redis, this.parts.waitMs, () => readRecord(this.parts.redis, id));
  }

  /** The record is there, so nothing is lost if this fails: the sweep of any worker hands the job to BullMQ. */
  private async hand(record: JobRecord): Promise<void> {
    try {
      const delayMs = (record.number('readyAt') ?? 0) - (record.number('submittedAt') ?? 0);
      await guarded(this.parts.redis, this.parts.waitMs, () => this.parts.bull.add(record, delayMs));
      this.parts.outbox.ack(record.id, record.number('submittedAt') ?? 0).catch(() => undefined);
    } catch (error) {
      this.parts.onError(error as Error);
    }
  }

  private async handSteps(steps: readonly JobId[]): Promise<void> {
    try {
      await guarded(this.parts.redis, this.parts.waitMs, () => this.parts.outbox.reconcileAll(steps));
    } catch (error) {
      this.parts.onError(error as Error);
    }
  }
}

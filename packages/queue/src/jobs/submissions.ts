import { LeewayError, type JobId, type Policy } from '@leeway/contract';
import type { BullQueues } from '../bullmq/bull-queues.js';
import type { RedisConnection } from '../redis/connection.js';
import { guarded } from '../redis/failures.js';
import { newJobId } from './ids.js';
import type { Outbox } from '../bullmq/outbox.js';
import { type Flat, JobRecord, jobView } from './job-record.js';
import type { RunScript } from '../redis/scripts.js';
import { submitArgs } from './submit-args.js';
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
    const [status, answer, affectedJobs = []] = (await guarded(
      this.parts.redis,
      this.parts.waitMs,
      () => this.parts.run('submit', ...submitArgs(id, job, this.parts.policy)),
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
    const flat = answer as Flat;
    const stored = new JobRecord((flat[flat.indexOf('id') + 1] ?? id) as JobId, flat);
    if (status === 'created') await (job.workflow === undefined ? this.hand(stored) : this.handSteps(affectedJobs));
    return { job: jobView(stored), replayed: status !== 'created' };
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

import { LeewayError, type JobId, type Policy } from '@leeway/contract';
import type { BullQueues } from '../bullmq/bull-queues.js';
import type { Outbox } from '../bullmq/outbox.js';
import type { JobRecord } from '../record/job-record.js';
import { readRecord } from '../record/read-record.js';
import type { RedisConnection } from '../redis/connection.js';
import { guarded } from '../redis/guarded.js';
import type { RunScript } from '../redis/scripts.js';
import { newJobId } from './job-id.js';
import { jobView } from './job-view.js';
import type { NewJob, Submitted } from './new-job.js';
import { newRecord } from './new-record.js';

const QUEUE_FULL_RETRY_S = 10;

interface SubmissionsParts {
  redis: RedisConnection;
  run: RunScript;
  outbox: Outbox;
  bull: BullQueues;
  policy: Policy;
  /** Longest wait of one call, in ms. */
  callWaitMs: number;
  wallMs: () => number;
  onError: (error: Error) => void;
}

/** As submit.lua replies. */
type SubmitReply =
  | ['created', submittedAtMs: number, affectedJobs: JobId[]]
  | ['replayed', job: JobId]
  | ['conflict', job: string]
  | ['full', waiting: number];

/** The way of a job into the queue: the record first, then BullMQ. */
export class Submissions {
  constructor(private readonly parts: SubmissionsParts) {}

  /** Throws `queue_full`, `idempotency_conflict`, `store_unavailable`, or `outcome_unknown` where the write may have happened. */
  async submit(job: NewJob): Promise<Submitted> {
    const { run, outbox, policy, wallMs } = this.parts;
    const id = newJobId(wallMs());
    const { args, record } = newRecord(id, job, policy);
    const reply = (await this.guarded(() => run('submit', ...args), 'the job was being stored')) as SubmitReply;
    if (reply[0] === 'conflict' || reply[0] === 'full') throw this.refusal(reply);
    if (reply[0] === 'replayed') return { job: jobView(await this.read(reply[1])), replayed: true };
    const [, submittedAtMs, affectedJobs] = reply;
    if (job.workflow !== undefined) {
      await this.handOver(() => outbox.reconcileAll(affectedJobs));
      return { job: jobView(await this.read(id)), replayed: false };
    }
    const created = record(submittedAtMs);
    await this.handOver(() => this.add(created, submittedAtMs));
    return { job: jobView(created), replayed: false };
  }

  private refusal([status, detail]: ['conflict', string] | ['full', number]): LeewayError {
    if (status === 'conflict')
      return new LeewayError(
        'idempotency_conflict',
        `This Idempotency-Key belongs to job ${detail}, which was submitted with another body.`,
      );
    const { maxWaiting } = this.parts.policy.retention;
    return new LeewayError('queue_full', `${detail} jobs are waiting; the policy allows ${maxWaiting}.`, {
      retryAfterS: QUEUE_FULL_RETRY_S,
    });
  }

  /** The record is stored, so nothing is lost where this fails: the sweep of any worker does it. */
  private async handOver(toBullMq: () => Promise<void>): Promise<void> {
    await this.guarded(toBullMq).catch(this.parts.onError);
  }

  /** Without a read of the outbox: the revision of a new record is the time of its submission. */
  private async add(record: JobRecord, submittedAtMs: number): Promise<void> {
    const { bull, outbox } = this.parts;
    await bull.add(record, (record.number('readyAt') ?? 0) - submittedAtMs);
    outbox.ack(record.id, submittedAtMs).catch(() => undefined);
  }

  private read(id: JobId): Promise<JobRecord> {
    return this.guarded(() => readRecord(this.parts.redis, id));
  }

  private guarded<T>(call: () => Promise<T>, wrote?: string): Promise<T> {
    const { redis, callWaitMs } = this.parts;
    return guarded(redis, callWaitMs, call, wrote);
  }
}

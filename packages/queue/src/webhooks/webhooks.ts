import { DAY_MS, HOUR_MS, type JobId, type Policy, type Webhook } from '@leeway/contract';
import type { RedisConnection } from '../redis/connection.js';
import type { JobRecord } from '../record/job-record.js';
import { readRecord } from '../record/read-record.js';
import { retentionArgs } from '../redis/retention-args.js';
import type { RunScript } from '../redis/scripts.js';
import { deliveryId } from './webhook-view.js';

/** Beyond the time of a try: the read of the record before it, and the record of its result. */
const LEASE_MARGIN_MS = 5_000;

/** One end of a job that is to be delivered to its webhook, held under a lease. */
export interface Delivery {
  job: JobId;
  /** The same in every try. */
  id: string;
  /** Number of the end: a job that is tried again may have several. */
  end: number;
  /** From 1. */
  attempt: number;
  url: string;
  record: JobRecord;
}

/** The result of a try. `isFinal`: another one would end the same way. */
export type DeliveryResult = { ok: true } | { ok: false; error: string; isFinal: boolean };

export type DeliveryStatus = 'delivered' | 'given_up' | 'again' | 'late';

/** The deliveries that are still to be made. The script that ends a job adds its delivery. */
export class Webhooks {
  constructor(
    private readonly redis: RedisConnection,
    private readonly run: RunScript,
    private readonly policy: Policy,
    /** 0 to 1. */
    private readonly random: () => number = Math.random,
  ) {}

  /** Takes deliveries that are due. One whose worker dies is due again after its lease. */
  async take(most: number): Promise<Delivery[]> {
    const { timeoutMs, attempts } = this.policy.webhooks;
    const taken = (await this.run(
      'take-due',
      most,
      timeoutMs + LEASE_MARGIN_MS,
      attempts,
      ...retentionArgs(this.policy),
    )) as [JobId, string, number][];
    const read = await Promise.allSettled(taken.map(([id, end, attempt]) => this.read(id, Number(end), attempt)));
    // A record that cannot be read does not delay the others: it is due again after its lease, and given up in the end.
    return read.flatMap((each) => (each.status === 'fulfilled' && each.value !== undefined ? [each.value] : []));
  }

  /** Undefined: the job runs again since. */
  private async read(job: JobId, end: number, attempt: number): Promise<Delivery | undefined> {
    const record = await readRecord(this.redis, job);
    const webhook = record.json<Webhook>('webhook');
    if (webhook === undefined || record.text('webhookState') !== 'waiting' || record.number('webhookEnd') !== end)
      return undefined;
    return { job, id: deliveryId(job, end), end, attempt, url: webhook.url, record };
  }

  /** Records the result of a try. */
  async record({ job, end, attempt }: Delivery, result: DeliveryResult): Promise<DeliveryStatus> {
    const { attempts } = this.policy.webhooks;
    return (await this.run(
      'record-delivery',
      job,
      end,
      attempt,
      result.ok ? '' : result.error || 'failed',
      result.ok || result.isFinal ? '' : Math.round(this.pauseMs(attempt)),
      attempts,
      MAX_AGE_MS,
      ...retentionArgs(this.policy),
    )) as DeliveryStatus;
  }

  /** Before the next try: longer each time, with jitter. */
  private pauseMs(attempt: number): number {
    const { backoffMs } = this.policy.webhooks;
    const meanMs = Math.min(backoffMs * GROWTH ** (attempt - 1), MAX_BACKOFF_MS);
    return meanMs * (MIN_JITTER + this.random());
  }
}

/** Longest mean pause between two tries: after an outage of a day the rest of the day is early enough. */
const MAX_BACKOFF_MS = 6 * HOUR_MS;
/** Age of the end of a job from which no further try begins: a receiver that was away for a day can ask the API. */
export const MAX_AGE_MS = DAY_MS;
const GROWTH = 3;
const MIN_JITTER = 0.5;

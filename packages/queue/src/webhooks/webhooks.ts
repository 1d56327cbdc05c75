import { DAY_MS, HOUR_MS, type JobId, type Policy, type Webhook } from '@leeway/contract';
import type { RedisConnection } from '../redis/connection.js';
import { type JobRecord, readRecord } from '../jobs/job-record.js';
import { retentionArgs } from '../redis/retention-args.js';
import type { RunScript } from '../redis/scripts.js';
import { deliveryId } from './webhook-view.js';

/** Beyond the time of a try, for the look at the record before it and the note after it. */
const LEASE_MARGIN_MS = 5_000;

/** The end of a job that a webhook is to be told of, held under a lease. */
export interface Delivery {
  job: JobId;
  /** The same in every try. */
  id: string;
  /** Which end of the job; one that is tried again may have several. */
  end: number;
  /** From 1. */
  attempt: number;
  url: string;
  record: JobRecord;
}

/** What became of a try. `isFinal`: another one would end the same way. */
export type DeliveryResult = { ok: true } | { ok: false; error: string; isFinal: boolean };

export type DeliveryFate = 'delivered' | 'given_up' | 'again' | 'late';

/** The list of ends that have still to be told. Every end of a job puts itself there, in the script that ends it. */
export class Webhooks {
  constructor(
    private readonly redis: RedisConnection,
    private readonly run: RunScript,
    private readonly policy: Policy,
    /** 0 to 1, as Math.random. */
    private readonly random: () => number = Math.random,
  ) {}

  /** Takes deliveries that are due. Whoever dies with one leaves it to the next after its lease. */
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
    // What could not be read is due again after its lease, and given up in the end; the others are none the worse for it.
    return read.flatMap((each) => (each.status === 'fulfilled' && each.value !== undefined ? [each.value] : []));
  }

  /** Undefined: the job has gone on since. */
  private async read(job: JobId, end: number, attempt: number): Promise<Delivery | undefined> {
    const record = await readRecord(this.redis, job);
    const webhook = record.json<Webhook>('webhook');
    if (webhook === undefined || record.text('webhookState') !== 'waiting' || record.number('webhookEnd') !== end)
      return undefined;
    return { job, id: deliveryId(job, end), end, attempt, url: webhook.url, record };
  }

  /** Says what became of a try. */
  async note({ job, end, attempt }: Delivery, result: DeliveryResult): Promise<DeliveryFate> {
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
    )) as DeliveryFate;
  }

  /** Before the next try. */
  private pauseMs(attempt: number): number {
    const { backoffMs } = this.policy.webhooks;
    const meanMs = Math.min(backoffMs * GROWTH ** (attempt - 1), MAX_BACKOFF_MS);
    return meanMs * (0.5 + this.random());
  }
}

/** Longest mean pause between two tries: after an outage of a day the rest of the day is early enough. */
const MAX_BACKOFF_MS = 6 * HOUR_MS;
/** Age of the end of a job from which no further try begins: a receiver that was away for a day can ask the API. */
export const MAX_AGE_MS = DAY_MS;
const GROWTH = 3;

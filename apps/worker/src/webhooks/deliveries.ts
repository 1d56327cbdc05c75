import type { Delivery, Webhooks } from '@leeway/queue';
import type { Log } from '@leeway/runtime';
import { deliver, type DeliveryParts } from './deliver.js';

/** Deliveries in flight for each worker: each holds a connection and a body, and a hung receiver holds one for `webhooks.timeoutMs`. */
const CONCURRENCY = 16;

export interface DeliveriesOptions extends DeliveryParts {
  webhooks: Pick<Webhooks, 'take' | 'record'>;
  log: Log;
}

/** Delivers the due webhooks, at most {@link CONCURRENCY} at once. A hung receiver blocks one of these places. */
export class Deliveries {
  private readonly running = new Set<Promise<void>>();
  private taking: Promise<void> | undefined;
  private stopped = false;

  constructor(private readonly options: DeliveriesOptions) {}

  /** Starts deliveries in the free places. `due`: the last known number of due ones; with 0 there is no call to Redis. */
  deliverDue(due: number): void {
    const free = CONCURRENCY - this.running.size;
    if (due === 0 || free <= 0 || this.stopped || this.taking !== undefined) return;
    this.taking = this.take(Math.min(free, due))
      .catch((error: unknown) => {
        this.options.log.warn({ event: 'webhooks_not_taken', error }, 'due webhooks could not be read; next try later');
      })
      .finally(() => (this.taking = undefined));
  }

  /** Starts no more deliveries; resolves when the running ones have ended. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.taking;
    await Promise.all(this.running);
  }

  private async take(most: number): Promise<void> {
    for (const delivery of await this.options.webhooks.take(most)) {
      const running = this.deliver(delivery).finally(() => this.running.delete(running));
      this.running.add(running);
    }
  }

  private async deliver(delivery: Delivery): Promise<void> {
    const { webhooks, log } = this.options;
    const { id, job, attempt, url } = delivery;
    // Only the host is logged: paths and queries of webhooks may hold secrets.
    const fields = { jobId: job, delivery: id, attempt, host: URL.canParse(url) ? new URL(url).host : 'none' };
    const result = await deliver(delivery, this.options);
    try {
      const fate = await webhooks.record(delivery, result);
      if (result.ok)
        return log.info({ event: 'webhook_delivered', ...fields, fate }, `webhook delivered for job ${job}`);
      const next = fate === 'given_up' ? 'given up' : 'next try later';
      log.warn(
        { event: 'webhook_failed', ...fields, fate, reason: result.error },
        `webhook failed: ${result.error}; ${next}`,
      );
    } catch (error) {
      log.warn(
        { event: 'webhook_not_noted', ...fields, error },
        'the outcome of a delivery could not be stored; it is sent again',
      );
    }
  }
}

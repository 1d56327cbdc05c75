import type { Delivery, Webhooks } from '@leeway/queue';
import type { Log } from '@leeway/runtime';
import { deliver, type DeliveryParts } from './deliver.js';

export interface DeliveriesOptions extends DeliveryParts {
  webhooks: Pick<Webhooks, 'take' | 'note'>;
  log: Log;
}

/** Tells webhooks that jobs have ended, a bounded number at once. A hung receiver holds up nothing but its own place. */
export class Deliveries {
  private readonly underway = new Set<Promise<void>>();
  private taking: Promise<void> | undefined;
  private stopped = false;

  constructor(private readonly options: DeliveriesOptions) {}

  /** `due`: so many wait, as far as the caller knows. Nothing is asked of Redis when there are none. */
  look(due: number): void {
    const free = this.options.policy.webhooks.concurrency - this.underway.size;
    if (due === 0 || free <= 0 || this.stopped || this.taking !== undefined) return;
    this.taking = this.take(Math.min(free, due))
      .catch((error: unknown) => {
        this.options.log.warn({ event: 'webhooks_not_taken', error }, 'webhooks could not be looked for; again later');
      })
      .finally(() => (this.taking = undefined));
  }

  /** Resolves when what is under way has ended; nothing new begins. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.taking;
    await Promise.all(this.underway);
  }

  private async take(most: number): Promise<void> {
    for (const delivery of await this.options.webhooks.take(most)) {
      const told = this.tell(delivery).finally(() => this.underway.delete(told));
      this.underway.add(told);
    }
  }

  private async tell(delivery: Delivery): Promise<void> {
    const { webhooks, log } = this.options;
    const { id, job, attempt, url } = delivery;
    // Only the host: paths and queries of webhooks hold secrets.
    const fields = { jobId: job, delivery: id, attempt, host: URL.canParse(url) ? new URL(url).host : 'none' };
    const result = await deliver(delivery, this.options);
    try {
      const fate = await webhooks.note(delivery, result);
      if (result.ok)
        return log.info({ event: 'webhook_delivered', ...fields, fate }, `webhook told of the end of ${job}`);
      const next = fate === 'given_up' ? 'given up' : 'again later';
      log.warn({ event: 'webhook_failed', ...fields, fate, reason: result.error }, `webhook: ${result.error}; ${next}`);
    } catch (error) {
      log.warn(
        { event: 'webhook_not_noted', ...fields, error },
        'Redis did not take what became of a delivery; it comes again',
      );
    }
  }
}

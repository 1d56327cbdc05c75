import type { JobQueue } from '@leeway/queue';
import { addGauge, type Registry } from '@leeway/runtime';
import { sharedRead } from './shared-read.js';

/** Requeued attempts, webhook deliveries and refused writes. `timeoutMs`: how long a scrape waits for Redis. */
export function addTallyGauges(registry: Registry, queue: Pick<JobQueue, 'tally'>, timeoutMs: number): void {
  const tally = sharedRead(() => queue.tally());
  addGauge(registry, {
    name: 'leeway_attempts_requeued',
    help: 'Attempts that were requeued because their worker was lost.',
    labels: [],
    timeoutMs,
    measure: async () => [{ labels: {}, value: (await tally()).requeued }],
  });
  addGauge(registry, {
    name: 'leeway_webhooks',
    help: 'Webhook deliveries by outcome; failed_tries counts single tries.',
    labels: ['outcome'],
    timeoutMs,
    measure: async () => {
      const { delivered, failedTries, givenUp } = (await tally()).webhooks;
      return Object.entries({ delivered, failed_tries: failedTries, given_up: givenUp }).map(([outcome, value]) => ({
        labels: { outcome },
        value,
      }));
    },
  });
  addGauge(registry, {
    name: 'leeway_webhooks_waiting',
    help: 'Ended jobs whose webhook has not been delivered yet.',
    labels: [],
    timeoutMs,
    measure: async () => [{ labels: {}, value: (await tally()).webhooks.waiting }],
  });
  addGauge(registry, {
    name: 'leeway_refused_writes',
    help: 'Writes of attempts that had ended or had been requeued, which changed nothing.',
    labels: ['write'],
    timeoutMs,
    measure: async () =>
      Object.entries((await tally()).refused).map(([write, value]) => ({ labels: { write }, value })),
  });
}

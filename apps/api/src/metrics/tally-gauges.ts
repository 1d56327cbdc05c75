import type { JobVerbs } from '@leeway/queue';
import { addGauge, type Registry } from '@leeway/runtime';
import { sharedRead } from './shared-read.js';

/** How often attempts were handed on, and what late writers had to say. `timeoutMs`: how long a scrape waits for Redis. */
export function addTallyGauges(registry: Registry, queue: Pick<JobVerbs, 'tally'>, timeoutMs: number): void {
  const tally = sharedRead(() => queue.tally());
  addGauge(registry, {
    name: 'leeway_attempts_handed_on',
    help: 'Attempts that were given to another worker, since theirs was lost.',
    labels: [],
    timeoutMs,
    measure: async () => [{ labels: {}, value: (await tally()).requeued }],
  });
  addGauge(registry, {
    name: 'leeway_webhooks',
    help: 'Deliveries to webhooks by what became of them; failed_tries are single tries.',
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
    help: 'Ends of jobs that a webhook has still to be told of.',
    labels: [],
    timeoutMs,
    measure: async () => [{ labels: {}, value: (await tally()).webhooks.waiting }],
  });
  addGauge(registry, {
    name: 'leeway_refused_writes',
    help: 'Writes that came after their attempt had been handed on or had ended; none of them changed anything.',
    labels: ['write'],
    timeoutMs,
    measure: async () =>
      Object.entries((await tally()).refused).map(([write, value]) => ({ labels: { write }, value })),
  });
}

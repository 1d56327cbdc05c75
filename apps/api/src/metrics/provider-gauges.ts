import { CIRCUIT_STATES, type ProviderState } from '@leeway/contract';
import type { JobQueue } from '@leeway/queue';
import { addGauge, type Measured, type Registry } from '@leeway/runtime';
import { sharedRead } from './shared-read.js';

export interface ProviderGaugeSources {
  queue: Pick<JobQueue, 'providers'>;
  /** How long a scrape waits for Redis, in milliseconds. */
  timeoutMs: number;
}

type Label = 'provider' | 'state' | 'outcome';

/** The state of the model providers, for all workers together. */
export function addProviderGauges(registry: Registry, { queue, timeoutMs }: ProviderGaugeSources): void {
  const states = sharedRead(() => queue.providers());
  const gauge = (options: {
    name: string;
    help: string;
    labels: readonly Label[];
    values: (of: ProviderState) => Measured<string>[];
  }) =>
    addGauge<string>(registry, {
      name: options.name,
      help: options.help,
      labels: options.labels,
      timeoutMs,
      measure: async () =>
        (await states()).flatMap((state) =>
          options.values(state).map(({ labels, value }) => ({ labels: { provider: state.name, ...labels }, value })),
        ),
    });

  gauge({
    name: 'leeway_provider_state',
    help: '1: the model provider is in this state; while it is not closed, its jobs wait.',
    labels: ['provider', 'state'],
    values: ({ state: now }) => CIRCUIT_STATES.map((state) => ({ labels: { state }, value: state === now ? 1 : 0 })),
  });
  gauge({
    name: 'leeway_provider_waiting_jobs',
    help: 'Jobs that wait for a model provider.',
    labels: ['provider'],
    values: ({ waiting }) => [{ labels: {}, value: waiting }],
  });
  gauge({
    name: 'leeway_provider_calls',
    help: 'Calls to a model provider by outcome, since its state was first stored.',
    labels: ['provider', 'outcome'],
    values: ({ calls }) =>
      Object.entries({
        answered: calls.answered,
        failed: calls.failed,
        rate_limited: calls.rateLimited,
        usage_limited: calls.usageLimited,
      }).map(([outcome, value]) => ({ labels: { outcome }, value })),
  });
  gauge({
    name: 'leeway_provider_closures',
    help: 'How often the circuit of a model provider was opened, or its jobs were parked, since its state was first stored.',
    labels: ['provider', 'state'],
    values: ({ opened, parked }) => [
      { labels: { state: 'open' }, value: opened },
      { labels: { state: 'parked' }, value: parked },
    ],
  });
}

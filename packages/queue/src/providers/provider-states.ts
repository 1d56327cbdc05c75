import type { Policy, ProviderState } from '@leeway/contract';
import type { BullQueues } from '../bullmq/bull-queues.js';
import type { RedisConnection } from '../redis/connection.js';
import { chatQueue, keyPart, PREFIX } from '../redis/keys.js';
import type { Providers } from './providers.js';
import { iso } from '../record/iso-time.js';

export interface ProviderStateSources {
  redis: RedisConnection;
  bull: BullQueues;
  providers: Providers;
  policy: Policy;
}

/** The providers of the policy, in its order. */
export async function readProviders({ policy, ...sources }: ProviderStateSources): Promise<ProviderState[]> {
  return Promise.all(Object.keys(policy.providers).map((name) => readProvider(name, sources)));
}

async function readProvider(
  name: string,
  { redis, bull, providers }: Omit<ProviderStateSources, 'policy'>,
): Promise<ProviderState> {
  const [circuit, counters, waiting] = await Promise.all([
    providers.read(name),
    redis.hmget(`${PREFIX}:provider:${keyPart(name)}`, ...COUNTERS),
    bull.waiting(chatQueue(name)),
  ]);
  const [answered = 0, failed = 0, rateLimited = 0, usageLimited = 0, opened = 0, parked = 0] = counters.map(Number);
  return {
    name,
    state: circuit.state,
    until: iso(circuit.untilMs ?? undefined),
    since: iso(circuit.sinceMs ?? undefined),
    reason: circuit.reason || null,
    waiting,
    calls: { answered, failed, rateLimited, usageLimited },
    opened,
    parked,
  };
}

const COUNTERS = ['answered', 'failed', 'rateLimited', 'usageLimited', 'opened', 'parked'];

import type { Policy, ProviderState, WaitingFor } from '@leeway/contract';
import type { BullQueues } from '../bullmq/bull-queues.js';
import type { RedisConnection } from '../redis/connection.js';
import { chatQueue, keyPart, PREFIX, providerOf } from '../redis/keys.js';
import type { Circuit, Providers } from './providers.js';
import type { JobRecord } from '../jobs/job-record.js';
import { iso } from '../jobs/iso-time.js';

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
    providers.look(name),
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

/** What waiting jobs wait for besides a worker. One reading: each provider is looked at once. */
export class Waits {
  private readonly circuits = new Map<string, Promise<Circuit>>();

  constructor(
    private readonly providers: Pick<Providers, 'look'>,
    private readonly nowMs: number,
  ) {}

  /** Null: nothing but a worker, its own time, or nothing at all. */
  async of(record: JobRecord): Promise<WaitingFor | null> {
    const { state, queue } = record;
    const provider = providerOf(queue);
    // Its time has come, only no worker has taken it.
    const isDue = state === 'scheduled' && (record.number('readyAt') ?? 0) <= this.nowMs;
    if (provider === undefined || !(state === 'queued' || isDue)) return null;
    let circuit = this.circuits.get(provider);
    if (circuit === undefined) {
      circuit = this.providers.look(provider);
      this.circuits.set(provider, circuit);
    }
    const { state: stands, untilMs, reason } = await circuit;
    if (stands === 'closed') return null;
    return { provider, state: stands, until: iso(untilMs ?? undefined), reason: reason || null };
  }
}

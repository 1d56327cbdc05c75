import type { WaitingFor } from '@leeway/contract';
import { iso } from '../record/iso-time.js';
import type { JobRecord } from '../record/job-record.js';
import { providerOf } from '../redis/keys.js';
import type { Circuit, Providers } from './providers.js';

/** What waiting jobs wait for besides a worker. For one request: the circuit of each provider is read once. */
export class ProviderWaits {
  private readonly circuits = new Map<string, Promise<Circuit>>();

  constructor(
    private readonly providers: Pick<Providers, 'read'>,
    private readonly nowMs: number,
  ) {}

  /** Null: nothing but a worker or its own time, or it does not wait. */
  async of(record: JobRecord): Promise<WaitingFor | null> {
    const provider = providerOf(record.queue);
    if (provider === undefined || !this.isReady(record)) return null;
    const { state, untilMs, reason } = await this.circuit(provider);
    return state === 'closed' ? null : { provider, state, until: iso(untilMs ?? undefined), reason: reason || null };
  }

  /** Also where its time has come and no worker has taken it: its state is `scheduled` until one does. */
  private isReady(record: JobRecord): boolean {
    if (record.state === 'queued') return true;
    return record.state === 'scheduled' && (record.number('readyAt') ?? 0) <= this.nowMs;
  }

  private circuit(provider: string): Promise<Circuit> {
    const circuit = this.circuits.get(provider) ?? this.providers.read(provider);
    this.circuits.set(provider, circuit);
    return circuit;
  }
}

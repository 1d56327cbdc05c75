import { setTimeout as sleep } from 'node:timers/promises';
import type { JobId } from '@leeway/contract';
import type { QueueGate } from '../bullmq/consumer.js';
import type { Admission, Providers } from './providers.js';

/** How often a worker checks whether a provider takes calls again, in ms: an operator or another worker may have changed it. */
const CHECK_EVERY_MS = 500;

export interface ProviderGateOptions {
  providers: Pick<Providers, 'admit' | 'read' | 'release'>;
  /** Name of the provider. */
  name: string;
  onError: (error: Error) => void;
}

/**
 * Keeps the jobs of one provider in their queue while it takes no calls. While Redis does not answer nothing is held back: a
 * claim would fail as well.
 */
export class ProviderGate implements QueueGate {
  constructor(private readonly options: ProviderGateOptions) {}

  async admit(job: JobId): Promise<Admission> {
    const { providers, name, onError } = this.options;
    try {
      return await providers.admit(name, job);
    } catch (error) {
      onError(error as Error);
      return 'go';
    }
  }

  async leave(job: JobId): Promise<void> {
    const { providers, name, onError } = this.options;
    await providers.release(name, job).catch(onError);
  }

  async untilOpen(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const waitMs = await this.waitMs();
      if (waitMs === 0) return;
      await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Until the next check, in ms; 0: a job may be taken now. */
  private async waitMs(): Promise<number> {
    const { providers, name, onError } = this.options;
    try {
      const { state, probing } = await providers.read(name);
      return state === 'closed' || (state === 'half_open' && !probing) ? 0 : CHECK_EVERY_MS;
    } catch (error) {
      onError(error as Error);
      return CHECK_EVERY_MS;
    }
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { JobId } from '@leeway/contract';
import type { QueueGate } from '../bullmq/consumer.js';
import type { Entry, Providers } from './providers.js';

/** So often a worker looks whether a provider takes calls again, in ms: an operator or another worker may have changed it. */
const LOOK_EVERY_MS = 500;

export interface ProviderGateOptions {
  providers: Pick<Providers, 'enter' | 'look' | 'release'>;
  /** Name of the provider. */
  name: string;
  onError: (error: Error) => void;
}

/**
 * Keeps the jobs of one provider in their queue while it takes no calls. Judging is the store's: when it does not answer
 * nothing is held back, since an attempt could not be opened either.
 */
export class ProviderGate implements QueueGate {
  constructor(private readonly options: ProviderGateOptions) {}

  async enter(job: JobId): Promise<Entry> {
    const { providers, name, onError } = this.options;
    try {
      return await providers.enter(name, job);
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

  /** Until the next look, in ms; 0: a job may be taken now. */
  private async waitMs(): Promise<number> {
    const { providers, name, onError } = this.options;
    try {
      const { state, probing } = await providers.look(name);
      return state === 'closed' || (state === 'half_open' && !probing) ? 0 : LOOK_EVERY_MS;
    } catch (error) {
      onError(error as Error);
      return LOOK_EVERY_MS;
    }
  }
}

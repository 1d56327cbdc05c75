import type { JobId } from '@leeway/contract';
import type { Circuit, Providers } from '@leeway/queue';
import { withTimeout } from '@leeway/runtime';
import type { HandlerLog } from '../handler.js';
import type { ChatFailure } from './chat-errors.js';

/** Publishes the outcomes of one job's calls to the circuit breaker that all workers share. */
export interface OutcomePublisher {
  /** The first token of an answer has arrived. */
  firstToken(): void;
  /** The whole answer has arrived. */
  answered(): void;
  /** Undefined: the failure does not concern the provider's health, or the store did not reply in time. */
  failed(failure: ChatFailure): Promise<Circuit | undefined>;
  /** `waitMs`: until the usage limit is reset; undefined: unknown. */
  quotaExhausted(waitMs: number | undefined, reason: string): Promise<Circuit | undefined>;
  /** No token arrived for as long as the policy allows. */
  timedOut(reason: string): void;
  /** The job was admitted to test whether the provider is back. */
  readonly isProbe: boolean;
}

/** For a worker without a shared circuit breaker. */
export const NO_PUBLISHER: OutcomePublisher = {
  firstToken: () => {},
  answered: () => {},
  failed: () => Promise.resolve(undefined),
  quotaExhausted: () => Promise.resolve(undefined),
  timedOut: () => {},
  isProbe: false,
};

export interface PublisherOptions {
  providers: Providers;
  /** Name of the provider. */
  provider: string;
  job: JobId;
  log: HandlerLog;
  /** Longest wait for the store, in ms: calls do not depend on it. */
  timeoutMs: number;
}

/** Outcomes are dropped while the store is away: calls continue. */
export function outcomePublisher({ providers, provider, job, log, timeoutMs }: PublisherOptions): OutcomePublisher {
  const publish = async (update: Promise<Circuit>): Promise<Circuit | undefined> => {
    try {
      const circuit = await withTimeout(update, timeoutMs, undefined);
      if (circuit?.changed === true) logChange(circuit);
      return circuit;
    } catch (error) {
      log.warn({ provider, error }, 'the state of the provider could not be stored');
      return undefined;
    }
  };
  const logChange = ({ state, untilMs, reason }: Circuit) => {
    const until = untilMs === null ? null : new Date(untilMs).toISOString();
    log.warn({ provider, state, until, reason }, `provider "${provider}" is now ${state}`);
  };
  const isProbe = providers.isProbe(provider, job);
  return {
    isProbe,
    firstToken: () => void (isProbe && publish(providers.answered(provider, job, { complete: false }))),
    answered: () => void publish(providers.answered(provider, job, { complete: true })),
    timedOut: (reason) => void publish(providers.failed(provider, job, reason)),
    quotaExhausted: (waitMs, reason) => publish(providers.quotaExhausted(provider, job, { waitMs, reason })),
    async failed({ health, publicReason: reason, retryAfterMs: waitMs }) {
      switch (health) {
        case 'failed':
          return publish(providers.failed(provider, job, reason));
        case 'rate_limited':
          return publish(providers.rateLimited(provider, job, { waitMs, reason }));
        case 'answered':
          return publish(providers.answered(provider, job, { complete: true }));
        // One model may be exhausted and another not: published once all models of the job are.
        case 'quota_exhausted':
        case undefined:
          return undefined;
      }
    },
  };
}

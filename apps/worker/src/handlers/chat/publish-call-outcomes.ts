import type { JobId } from '@leeway/contract';
import type { Circuit, Providers } from '@leeway/queue';
import { withTimeout } from '@leeway/runtime';
import type { HandlerLog } from '../handler.js';
import type { ChatFailure } from './chat-errors.js';

/** What the calls of one job met with, told to all workers. */
export interface CallReports {
  /** The first word of an answer. */
  spoke(): void;
  /** The whole answer. */
  answered(): void;
  /** A call failed. Undefined: it says nothing of the provider's health, or the store does not answer in time. */
  failed(failure: ChatFailure): Promise<Circuit | undefined>;
  /** The usage limit is reached, and reset in so many ms, if that is known. */
  quotaExhausted(waitMs: number | undefined, reason: string): Promise<Circuit | undefined>;
  /** It said nothing for as long as the policy allows. */
  silent(reason: string): void;
  /** The job was let through to try whether the provider is back. */
  readonly isProbe: boolean;
}

/** For one provider on its own: nobody is told. */
export const NO_REPORTS: CallReports = {
  spoke: () => {},
  answered: () => {},
  failed: () => Promise.resolve(undefined),
  quotaExhausted: () => Promise.resolve(undefined),
  silent: () => {},
  isProbe: false,
};

export interface ReportOptions {
  providers: Providers;
  /** Name of the provider. */
  provider: string;
  job: JobId;
  log: HandlerLog;
  /** The store has so long to answer, in ms: a call is not to wait for it. */
  timeoutMs: number;
}

/** Reports to the store that all workers share. What is lost while it is away is lost: calls go on. */
export function sharedReports({ providers, provider, job, log, timeoutMs }: ReportOptions): CallReports {
  const told = async (report: Promise<Circuit>): Promise<Circuit | undefined> => {
    try {
      const circuit = await withTimeout(report, timeoutMs, undefined);
      if (circuit?.changed === true) logChange(circuit);
      return circuit;
    } catch (error) {
      log.warn({ provider, error }, 'the state of the provider could not be stored');
      return undefined;
    }
  };
  const logChange = ({ state, untilMs, reason }: Circuit) => {
    const until = untilMs === null ? null : new Date(untilMs).toISOString();
    log.warn({ provider, state, until, reason }, `provider "${provider}" is ${state} now`);
  };
  const isProbe = providers.isProbe(provider, job);
  return {
    isProbe,
    spoke: () => void (isProbe && told(providers.answered(provider, job, { complete: false }))),
    answered: () => void told(providers.answered(provider, job, { complete: true })),
    silent: (reason) => void told(providers.failed(provider, job, reason)),
    quotaExhausted: (waitMs, reason) => told(providers.quotaExhausted(provider, job, { waitMs, reason })),
    async failed({ health, brief: reason, retryAfterMs: waitMs }) {
      switch (health) {
        case 'failed':
          return told(providers.failed(provider, job, reason));
        case 'rate_limited':
          return told(providers.rateLimited(provider, job, { waitMs, reason }));
        case 'answered':
          return told(providers.answered(provider, job, { complete: true }));
        // One model may be used up and another not: told when all that may be asked are.
        case 'used_up':
        case undefined:
          return undefined;
      }
    },
  };
}

import type { Cause } from '@leeway/contract';
import type { Deferral } from './deferral.js';

/** What a failed attempt leaves besides its message. */
export interface FailureDetails {
  /** Kept as the result of the attempt, e.g. exit code and output of a command. */
  readonly result?: unknown;
  /** Default `error`: the work itself failed. */
  readonly cause?: Cause;
  /** Milliseconds that another attempt should wait at least, as a server asked for it. Default: the usual back-off. */
  readonly retryAfterMs?: number;
  /** The work could not be done now: the job goes back into its queue, and no attempt is burnt. */
  readonly deferral?: Deferral;
}

/** Fails the attempt with a stable code; it may be tried again. */
export class HandlerError extends Error {
  override readonly cause: Cause;
  readonly result: unknown;
  readonly retryAfterMs: number | undefined;
  readonly deferral: Deferral | undefined;

  constructor(
    readonly code: string,
    message: string,
    details: FailureDetails = {},
  ) {
    super(message);
    this.name = 'HandlerError';
    this.cause = details.cause ?? 'error';
    this.result = details.result;
    this.retryAfterMs = details.retryAfterMs;
    this.deferral = details.deferral;
  }
}

/** Fails the job for good: another attempt could not succeed either. */
export class DoNotRetryError extends HandlerError {
  constructor(message: string, details: FailureDetails & { readonly code?: string } = {}) {
    super(details.code ?? 'do_not_retry', message, details);
    this.name = 'DoNotRetryError';
  }
}

/** Whether an error says "do not retry". Told by name, because a user's module may hold a copy of the class. */
export function forbidsRetry(error: unknown): boolean {
  return error instanceof Error && error.name === 'DoNotRetryError';
}

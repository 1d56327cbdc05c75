import type { Cause } from '@leeway/contract';

/** The provider of an attempt takes no calls now: the job goes back into its queue, and no attempt is used up. */
export interface Deferral {
  /** What the job waits for. */
  readonly provider: string;
  /** True: the provider refused this job, which may be the reason itself; such deferrals are counted and bounded. */
  readonly counts: boolean;
  /** Deferrals that count, at most. */
  readonly most: number;
}

/** What a failed attempt leaves besides its message. */
export interface FailureDetails {
  /** Kept as the result of the attempt, e.g. exit code and output of a command. */
  readonly result?: unknown;
  /** Default `error`: the work itself failed. */
  readonly cause?: Cause;
  /** Milliseconds that another attempt should wait at least, as a server asked for it. Default: the usual back-off. */
  readonly retryAfterMs?: number;
  /** The work could not be done now. */
  readonly deferral?: Deferral;
}

/** Fails the attempt with a stable code; another attempt may follow. */
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

/** Whether an error forbids another attempt. Recognised by name, because a user's module may hold a copy of the class. */
export function forbidsRetry(error: unknown): boolean {
  return error instanceof Error && error.name === 'DoNotRetryError';
}

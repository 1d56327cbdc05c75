import { type Deferral, DoNotRetryError, HandlerError } from '@leeway/supervision';
import type { Cause } from '@leeway/contract';

interface ChatErrorEntry {
  /** `fallback`: the next model is called; after the last one the attempt fails and may be retried. `give_up`: the job fails for good. */
  readonly next: 'fallback' | 'give_up';
  /** The same call may succeed a moment later: it is retried within the attempt, as long as no token has arrived. */
  readonly retryable?: true;
  /** Its meaning for the circuit of the provider; absent: none. */
  readonly health?: 'failed' | 'rate_limited' | 'quota_exhausted' | 'answered';
  readonly cause: Cause;
  readonly meaning: string;
}

/** All errors of chat jobs. docs/chat.md has the same table, and a test compares the two. */
export const CHAT_ERRORS = {
  provider_unreachable: {
    retryable: true,
    health: 'failed',
    next: 'fallback',
    cause: 'provider',
    meaning: 'No answer: connection refused, name not found, TLS failed, or closed before the first byte of an answer.',
  },
  provider_error: {
    retryable: true,
    health: 'failed',
    next: 'fallback',
    cause: 'provider',
    meaning: 'The provider answered 408, 409, 425 or 5xx, or reported an error in the stream.',
  },
  stream_cut: {
    retryable: true,
    health: 'failed',
    next: 'fallback',
    cause: 'provider',
    meaning: 'The answer ended or the connection broke before its finish reason and before `[DONE]`.',
  },
  call_timeout: {
    retryable: true,
    health: 'failed',
    next: 'fallback',
    cause: 'provider',
    meaning:
      'The call took longer than `callMs` of the provider, or its first token longer than the limit of the tier.',
  },
  step_timeout: {
    next: 'fallback',
    cause: 'deadline',
    meaning: 'The calls to one model took longer than the limit of the tier for a step of the attempt.',
  },
  malformed_stream: {
    health: 'failed',
    next: 'fallback',
    cause: 'provider',
    meaning: 'The answer does not have the form of chat completions.',
  },
  rate_limited: {
    retryable: true,
    health: 'rate_limited',
    next: 'fallback',
    cause: 'provider',
    meaning: 'The provider answered 429. The next call waits for its `Retry-After`.',
  },
  usage_limit: {
    health: 'quota_exhausted',
    next: 'fallback',
    cause: 'usage_limit',
    meaning:
      'The quota or the credit at the provider is exhausted (429 `insufficient_quota`, 402). The job waits for the reset.',
  },
  provider_auth: {
    health: 'answered',
    next: 'give_up',
    cause: 'provider',
    meaning: 'The provider answered 401 or 403: the key is wrong or has no access.',
  },
  provider_not_found: {
    health: 'answered',
    next: 'give_up',
    cause: 'provider',
    meaning: 'The provider answered 404: it has no such model, or `baseUrl` is wrong.',
  },
  provider_rejected: {
    health: 'answered',
    next: 'give_up',
    cause: 'error',
    meaning: 'The provider answered 400 or another 4xx, or a redirect, which is never followed.',
  },
  answer_too_large: {
    health: 'answered',
    next: 'give_up',
    cause: 'error',
    meaning: 'The answer is larger than `retention.resultBytes`; the connection was closed there.',
  },
  api_key_missing: {
    next: 'give_up',
    cause: 'provider',
    meaning: 'The environment variable named in `apiKeyEnv` is not set on this worker, or does not hold a key.',
  },
  unknown_provider: {
    next: 'give_up',
    cause: 'error',
    meaning: 'The policy of this worker has no provider of that name.',
  },
  invalid_input: {
    next: 'give_up',
    cause: 'error',
    meaning: 'The input is not a chat input; the API refuses such a job before it is queued.',
  },
} as const satisfies Record<string, ChatErrorEntry>;
export type ChatErrorCode = keyof typeof CHAT_ERRORS;

export interface ChatFailureDetails {
  /** The wait that the provider asks for, or the time until its usage limit is reset, in ms. */
  readonly retryAfterMs?: number | undefined;
  /** False: there was no connection, so the provider has not received the call. Default true. */
  readonly reached?: boolean;
  /** The reason without any text of a job or a provider, so that all tenants may see it. Default: the code. */
  readonly publicReason?: string | undefined;
  /** False: it does not count for the circuit of the provider, whatever its code. Default true. */
  readonly affectsHealth?: boolean;
}

/** One call to one model failed. The message holds no secrets. */
export class ChatFailure extends Error {
  readonly retryAfterMs: number | undefined;
  readonly reached: boolean;
  readonly publicReason: string;
  private readonly affectsHealth: boolean;

  constructor(
    readonly code: ChatErrorCode,
    message: string,
    { retryAfterMs, reached = true, publicReason = code, affectsHealth = true }: ChatFailureDetails = {},
  ) {
    super(message);
    this.name = 'ChatFailure';
    this.retryAfterMs = retryAfterMs;
    this.reached = reached;
    this.publicReason = publicReason;
    this.affectsHealth = affectsHealth;
  }

  get fallsBack(): boolean {
    return CHAT_ERRORS[this.code].next === 'fallback';
  }

  get retryable(): boolean {
    return entryOf(this.code).retryable === true;
  }

  get health(): ChatErrorEntry['health'] {
    return this.affectsHealth ? entryOf(this.code).health : undefined;
  }

  /** The same failure with another message. */
  reworded(message: string, retryAfterMs = this.retryAfterMs): ChatFailure {
    const { code, reached, publicReason, affectsHealth } = this;
    return new ChatFailure(code, message, { retryAfterMs, reached, publicReason, affectsHealth });
  }
}

function entryOf(code: ChatErrorCode): ChatErrorEntry {
  return CHAT_ERRORS[code];
}

/** The failure as the error of the attempt; `result`: the partial answer. */
export function toHandlerError(
  failure: ChatFailure,
  { result, deferral }: { result?: unknown; deferral?: Deferral | undefined } = {},
): HandlerError {
  const { code, message, retryAfterMs } = failure;
  const details = {
    cause: CHAT_ERRORS[code].cause,
    ...(result === undefined ? {} : { result }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(deferral === undefined ? {} : { deferral }),
  };
  return failure.fallsBack
    ? new HandlerError(code, message, details)
    : new DoNotRetryError(message, { code, ...details });
}

import type { Cause } from '@leeway/contract';
import { DoNotRetryError, HandlerError } from '../handler.js';

interface ChatErrorEntry {
  /** `fallback`: the next model of the list is tried, and when there is none the attempt fails and may be tried again. `give_up`: the job fails for good. */
  readonly next: 'fallback' | 'give_up';
  readonly cause: Cause;
  readonly meaning: string;
}

/** Everything that can go wrong in a chat job. The table in docs/chat.md is this one, and a test compares them. */
export const CHAT_ERRORS = {
  provider_unreachable: {
    next: 'fallback',
    cause: 'provider',
    meaning:
      'No answer: connection refused, name not found, TLS not agreed, or closed before the first byte of an answer.',
  },
  provider_error: {
    next: 'fallback',
    cause: 'provider',
    meaning: 'The provider answered 408, 409, 425 or 5xx, or reported an error in the stream.',
  },
  stream_cut: {
    next: 'fallback',
    cause: 'provider',
    meaning: 'The answer ended or the connection broke before its finish reason and before `[DONE]`.',
  },
  malformed_stream: {
    next: 'fallback',
    cause: 'provider',
    meaning: 'What came is not an answer in the form of chat completions.',
  },
  rate_limited: {
    next: 'fallback',
    cause: 'provider',
    meaning: 'The provider answered 429. The next attempt waits for its `Retry-After`.',
  },
  usage_limit: {
    next: 'fallback',
    cause: 'usage_limit',
    meaning: 'The quota or the credit at the provider is used up (429 `insufficient_quota`, 402).',
  },
  provider_auth: {
    next: 'give_up',
    cause: 'provider',
    meaning: 'The provider answered 401 or 403: the key is wrong or may not do that.',
  },
  provider_not_found: {
    next: 'give_up',
    cause: 'provider',
    meaning: 'The provider answered 404: it has no such model, or `baseUrl` is wrong.',
  },
  provider_rejected: {
    next: 'give_up',
    cause: 'error',
    meaning: 'The provider answered 400 or another 4xx, or a redirect, which is never followed.',
  },
  answer_too_large: {
    next: 'give_up',
    cause: 'error',
    meaning: 'The answer is larger than `retention.resultBytes`; the connection was closed there.',
  },
  api_key_missing: {
    next: 'give_up',
    cause: 'provider',
    meaning:
      'The environment variable named in `apiKeyEnv` is not set on this worker, or holds something that is no key.',
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

/** One call to one model went wrong. The message holds no secrets. */
export class ChatFailure extends Error {
  constructor(
    readonly code: ChatErrorCode,
    message: string,
    /** Milliseconds that the provider asked to wait. */
    readonly retryAfterMs?: number,
  ) {
    super(message);
    this.name = 'ChatFailure';
  }

  get fallsBack(): boolean {
    return CHAT_ERRORS[this.code].next === 'fallback';
  }
}

/** The failure as the attempt's error; `result` is what had come until then. */
export function toHandlerError(failure: ChatFailure, result?: unknown): HandlerError {
  const { code, message, retryAfterMs } = failure;
  const details = {
    cause: CHAT_ERRORS[code].cause,
    ...(result === undefined ? {} : { result }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
  return failure.fallsBack
    ? new HandlerError(code, message, details)
    : new DoNotRetryError(message, { code, ...details });
}

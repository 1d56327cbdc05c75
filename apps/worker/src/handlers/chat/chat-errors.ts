import { type Deferral, DoNotRetryError, HandlerError } from '@leeway/supervision';
import type { Cause } from '@leeway/contract';

interface ChatErrorEntry {
  /** `fallback`: the next model of the list is tried, and when there is none the attempt fails and may be tried again. `give_up`: the job fails for good. */
  readonly next: 'fallback' | 'give_up';
  /** The same call may succeed a moment later: it is repeated within the attempt, as long as nothing was said. */
  readonly repeats?: true;
  /** What it says of the provider's health; absent: nothing. */
  readonly health?: 'failed' | 'rate_limited' | 'used_up' | 'answered';
  readonly cause: Cause;
  readonly meaning: string;
}

/** Everything that can go wrong in a chat job. The table in docs/chat.md is this one, and a test compares them. */
export const CHAT_ERRORS = {
  provider_unreachable: {
    repeats: true,
    health: 'failed',
    next: 'fallback',
    cause: 'provider',
    meaning:
      'No answer: connection refused, name not found, TLS not agreed, or closed before the first byte of an answer.',
  },
  provider_error: {
    repeats: true,
    health: 'failed',
    next: 'fallback',
    cause: 'provider',
    meaning: 'The provider answered 408, 409, 425 or 5xx, or reported an error in the stream.',
  },
  stream_cut: {
    repeats: true,
    health: 'failed',
    next: 'fallback',
    cause: 'provider',
    meaning: 'The answer ended or the connection broke before its finish reason and before `[DONE]`.',
  },
  call_timeout: {
    repeats: true,
    health: 'failed',
    next: 'fallback',
    cause: 'provider',
    meaning:
      'The call took longer than `callMs` of the provider allows, or was silent for longer than the tier leaves it.',
  },
  step_timeout: {
    next: 'fallback',
    cause: 'deadline',
    meaning: 'The calls to one model took longer than the tier leaves a step of the attempt.',
  },
  malformed_stream: {
    health: 'failed',
    next: 'fallback',
    cause: 'provider',
    meaning: 'What came is not an answer in the form of chat completions.',
  },
  rate_limited: {
    repeats: true,
    health: 'rate_limited',
    next: 'fallback',
    cause: 'provider',
    meaning: 'The provider answered 429. Whoever calls it next waits for its `Retry-After`.',
  },
  usage_limit: {
    health: 'used_up',
    next: 'fallback',
    cause: 'usage_limit',
    meaning:
      'The quota or the credit at the provider is used up (429 `insufficient_quota`, 402). The job waits for the reset.',
  },
  provider_auth: {
    health: 'answered',
    next: 'give_up',
    cause: 'provider',
    meaning: 'The provider answered 401 or 403: the key is wrong or may not do that.',
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

export interface ChatFailureDetails {
  /** Milliseconds that the provider asked to wait, or until its usage limit is reset. */
  readonly retryAfterMs?: number | undefined;
  /** False: no connection came about, so the provider knows nothing of the call. Default true. */
  readonly reached?: boolean;
  /** What happened, in words that anybody may see: nothing of what a job asked or a provider wrote. Default: the code. */
  readonly brief?: string | undefined;
  /** True: it says nothing of the provider's health after all. */
  readonly blameless?: boolean;
}

/** One call to one model went wrong. The message holds no secrets. */
export class ChatFailure extends Error {
  readonly retryAfterMs: number | undefined;
  readonly reached: boolean;
  readonly brief: string;
  private readonly blameless: boolean;

  constructor(
    readonly code: ChatErrorCode,
    message: string,
    { retryAfterMs, reached = true, brief = code, blameless = false }: ChatFailureDetails = {},
  ) {
    super(message);
    this.name = 'ChatFailure';
    this.retryAfterMs = retryAfterMs;
    this.reached = reached;
    this.brief = brief;
    this.blameless = blameless;
  }

  get fallsBack(): boolean {
    return CHAT_ERRORS[this.code].next === 'fallback';
  }

  get repeats(): boolean {
    return entryOf(this.code).repeats === true;
  }

  get health(): ChatErrorEntry['health'] {
    return this.blameless ? undefined : entryOf(this.code).health;
  }

  /** The same failure in other words. */
  reworded(message: string, retryAfterMs = this.retryAfterMs): ChatFailure {
    const { code, reached, brief, blameless } = this;
    return new ChatFailure(code, message, { retryAfterMs, reached, brief, blameless });
  }
}

function entryOf(code: ChatErrorCode): ChatErrorEntry {
  return CHAT_ERRORS[code];
}

/** The failure as the attempt's error; `result` is what had come until then. */
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

import type { IncomingHttpHeaders } from 'node:http';
import { ChatFailure, type ChatErrorCode } from './chat-errors.js';
import { errorResetMs, rateLimitResetMs, retryAfterMs } from './retry-after.js';

/** An error as the provider describes it; message and code may both be empty. */
export interface ProviderError {
  readonly message: string;
  /** OpenAI's `code`, else its `type`; or an HTTP status, as some servers put it into their streams. */
  readonly code: string;
  /** The whole error object, which may hold the time of a reset. */
  readonly details?: Record<string, unknown>;
}

/** An `error` value as providers write it: OpenAI's object, or a plain sentence. Null: there is none. */
export function readProviderError(value: unknown): ProviderError | null {
  if (typeof value === 'string') return { message: value, code: '' };
  if (value === null || typeof value !== 'object') return null;
  const details = value as Record<string, unknown>;
  const { message, code, type } = details;
  const name = [code, type].find((candidate) => typeof candidate === 'string' || typeof candidate === 'number');
  return { message: typeof message === 'string' ? message : '', code: String(name ?? ''), details };
}

/** The body of an error response, in any of the forms that servers and the proxies before them use. */
export function readErrorBody(text: string): ProviderError {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    // An HTML page holds nothing worth repeating.
    return { message: text.trimStart().startsWith('<') ? '' : text, code: '' };
  }
  const { error, detail } = (body ?? {}) as Record<string, unknown>;
  return readProviderError(error ?? detail ?? body) ?? { message: '', code: '' };
}

export interface ErrorResponse {
  status: number;
  error: ProviderError;
  headers?: IncomingHttpHeaders;
  /** Wall clock, for a reset given as a time by a server that sends no `Date`. */
  nowMs: number;
}

const QUOTA_CODES = [
  'insufficient_quota',
  'quota_exceeded',
  'usage_limit_reached',
  'usage_limit_exceeded',
  'insufficient_credits',
  'billing_not_active',
  'billing_hard_limit_reached',
  'insufficient_balance',
];
const RATE_LIMIT_CODES = ['rate_limit_exceeded', 'rate_limit_error', 'too_many_requests'];
const REJECTED_CODES = ['invalid_request_error', 'context_length_exceeded'];

/** A response with another status than 200, as a failure. The message is still the provider's own: see redact-secret. */
export function responseFailure({ status, error, headers = {}, nowMs }: ErrorResponse): ChatFailure {
  const code = codeOf(status, error.code);
  const reason = error.message === '' ? '' : `: ${error.message}`;
  const redirect = code === 'provider_rejected' && status < 400 ? ' with a redirect, which is not followed' : '';
  const requestedMs = retryAfterMs(headers) ?? errorResetMs(error.details ?? {}, nowMs);
  // Rate limit headers come with every response; they matter only when a limit was the reason of this one.
  const limited = code === 'rate_limited' || code === 'usage_limit';
  return new ChatFailure(code, `the provider answered ${status}${redirect}${reason}`, {
    retryAfterMs: requestedMs ?? (limited ? rateLimitResetMs(headers, nowMs) : undefined),
    publicReason: `it answered ${status}${codeInBrackets(error)}`,
  });
}

/** An error inside a stream that had begun with 200. */
export function streamFailure(error: ProviderError, nowMs: number): ChatFailure {
  const code = codeOf(statusInStream(error.code), error.code);
  const reason = error.message || error.code || 'no reason given';
  return new ChatFailure(code, `the provider reported an error in the stream: ${reason}`, {
    retryAfterMs: errorResetMs(error.details ?? {}, nowMs),
    publicReason: `it reported an error in its stream${codeInBrackets(error)}`,
  });
}

/** Only a code of one word: a sentence may repeat a part of the prompt. */
function codeInBrackets({ code }: ProviderError): string {
  return /^[A-Za-z0-9_.-]{1,60}$/.test(code) ? ` (${code})` : '';
}

function codeOf(status: number, errorCode: string): ChatErrorCode {
  if (status === 402 || QUOTA_CODES.includes(errorCode)) return 'usage_limit';
  if (status === 429) return 'rate_limited';
  if (status === 401 || status === 403) return 'provider_auth';
  if (status === 404) return 'provider_not_found';
  if (status >= 500 || PASSING_STATUSES.includes(status)) return 'provider_error';
  return status >= 300 ? 'provider_rejected' : 'malformed_stream';
}

/** Request Timeout, Conflict, Too Early: they may not happen again. */
const PASSING_STATUSES = [408, 409, 425];

function statusInStream(errorCode: string): number {
  if (/^[45]\d\d$/.test(errorCode)) return Number(errorCode);
  if (RATE_LIMIT_CODES.includes(errorCode)) return 429;
  return REJECTED_CODES.includes(errorCode) ? 400 : 500;
}

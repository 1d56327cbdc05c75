import type { IncomingHttpHeaders } from 'node:http';
import { ChatFailure, type ChatErrorCode } from './chat-errors.js';
import { retryAfterMs } from './retry-after.js';
import { resetInErrorMs, resetInMs } from './usage-reset.js';

/** What a provider says of its error; both may be empty. */
export interface ProviderError {
  readonly message: string;
  /** OpenAI's `code`, else its `type`; or an HTTP status, as some servers put it into their streams. */
  readonly code: string;
  /** All that it says, for what it says of a reset. */
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

/** The body of an error answer, in any of the forms that servers and the proxies before them use. */
export function readErrorBody(text: string): ProviderError {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    // A page for people says nothing that is worth repeating.
    return { message: text.trimStart().startsWith('<') ? '' : text, code: '' };
  }
  const { error, detail } = (body ?? {}) as Record<string, unknown>;
  return readProviderError(error ?? detail ?? body) ?? { message: '', code: '' };
}

export interface Refusal {
  status: number;
  error: ProviderError;
  headers?: IncomingHttpHeaders;
  /** Wall clock, for resets that are told as a time by a server that does not tell its own. */
  nowMs: number;
}

const USED_UP = [
  'insufficient_quota',
  'quota_exceeded',
  'usage_limit_reached',
  'usage_limit_exceeded',
  'insufficient_credits',
  'billing_not_active',
  'billing_hard_limit_reached',
  'insufficient_balance',
];
const TOO_MANY = ['rate_limit_exceeded', 'rate_limit_error', 'too_many_requests'];
const REJECTED = ['invalid_request_error', 'context_length_exceeded'];

/** An answer with another status than 200, as a failure. The message is still the provider's own: see redact-secret. */
export function refusalFailure({ status, error, headers = {}, nowMs }: Refusal): ChatFailure {
  const code = codeOf(status, error.code);
  const said = error.message === '' ? '' : `: ${error.message}`;
  const where =
    code === 'provider_rejected' && status < 400
      ? ' and wants to send the request elsewhere, which is not followed'
      : '';
  const asked = retryAfterMs(headers) ?? resetInErrorMs(error.details ?? {}, nowMs);
  // These headers come with every answer: they say something only where the answer was a refusal for that reason.
  const limited = code === 'rate_limited' || code === 'usage_limit';
  return new ChatFailure(code, `the provider answered ${status}${where}${said}`, {
    retryAfterMs: asked ?? (limited ? resetInMs(headers, nowMs) : undefined),
    brief: `it answered ${status}${codeInBrackets(error)}`,
  });
}

/** An error inside a stream that had begun with 200. */
export function streamFailure(error: ProviderError, nowMs: number): ChatFailure {
  const code = codeOf(statusInStream(error.code), error.code);
  return new ChatFailure(
    code,
    `the provider reported an error in the stream: ${error.message || error.code || 'no reason given'}`,
    {
      retryAfterMs: resetInErrorMs(error.details ?? {}, nowMs),
      brief: `it reported an error in its stream${codeInBrackets(error)}`,
    },
  );
}

/** A word, never a sentence: those may repeat what somebody asked. */
function codeInBrackets({ code }: ProviderError): string {
  return /^[A-Za-z0-9_.-]{1,60}$/.test(code) ? ` (${code})` : '';
}

function codeOf(status: number, errorCode: string): ChatErrorCode {
  if (status === 402 || USED_UP.includes(errorCode)) return 'usage_limit';
  if (status === 429) return 'rate_limited';
  if (status === 401 || status === 403) return 'provider_auth';
  if (status === 404) return 'provider_not_found';
  if (status >= 500 || TRY_AGAIN.includes(status)) return 'provider_error';
  return status >= 300 ? 'provider_rejected' : 'malformed_stream';
}

/** Request Timeout, Conflict, Too Early: passing troubles of the server. */
const TRY_AGAIN = [408, 409, 425];

function statusInStream(errorCode: string): number {
  if (/^[45]\d\d$/.test(errorCode)) return Number(errorCode);
  if (TOO_MANY.includes(errorCode)) return 429;
  return REJECTED.includes(errorCode) ? 400 : 500;
}

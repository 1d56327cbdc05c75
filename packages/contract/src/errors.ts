/** The stable error codes of the API. docs/errors.md and /docs/errors are generated from this table. */
export const ERRORS = {
  invalid_json: { status: 400, title: 'The body is not valid JSON', advice: 'Send one JSON object in UTF-8.' },
  invalid_request: {
    status: 400,
    title: 'The request is not valid',
    advice: 'Correct the fields listed in `errors`.',
  },
  invalid_idempotency_key: {
    status: 400,
    title: 'The Idempotency-Key is not usable',
    advice: 'Send 1 to 255 printable ASCII characters.',
  },
  unauthorized: { status: 401, title: 'A valid API key is needed', advice: 'Send `Authorization: Bearer <key>`.' },
  forbidden: { status: 403, title: 'This key may not do that', advice: 'Ask the operator for a key that may.' },
  command_not_allowed: {
    status: 403,
    title: 'The policy does not allow this command',
    advice: 'Use an executable that the policy lists, or ask the operator to add it.',
  },
  no_timeout_not_allowed: {
    status: 403,
    title: 'The tier does not allow a job without a timeout',
    advice: 'Leave timeoutMs out: the deadline is then learned from similar runs. Or give a number of milliseconds.',
  },
  env_not_allowed: {
    status: 403,
    title: 'The policy does not allow this environment variable',
    advice: 'Use a name that the policy lists in commands.allowEnv.',
  },
  webhook_not_allowed: {
    status: 403,
    title: 'The policy does not allow this webhook',
    advice: 'Use an https address on the internet, or ask the operator to add it to the policy (docs/webhooks.md).',
  },
  host_not_allowed: {
    status: 403,
    title: 'The Host header is not one of this server',
    advice: 'Call the server by the address it was started with.',
  },
  origin_not_allowed: {
    status: 403,
    title: 'Requests from web pages are not accepted',
    advice: 'Call the API from a program, not from a page of another site.',
  },
  not_found: { status: 404, title: 'There is nothing here', advice: 'See /docs for the calls that exist.' },
  job_not_found: {
    status: 404,
    title: 'No such job',
    advice: 'Check the id; records are kept for a limited time (7 days by default).',
  },
  class_not_found: { status: 404, title: 'No such class', advice: 'List the classes with GET /v1/classes.' },
  provider_not_found: {
    status: 404,
    title: 'No such provider',
    advice: 'List the providers with GET /v1/providers.',
  },
  method_not_allowed: { status: 405, title: 'This method is not available here', advice: 'See the Allow header.' },
  conflict: {
    status: 409,
    title: 'This cannot be done with this job now',
    advice: 'Read `detail`, and the `state` of the job.',
  },
  payload_too_large: {
    status: 413,
    title: 'The body is too large',
    advice: 'Send less, or let the job read its input from elsewhere.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The body has a media type that this call does not accept',
    advice: 'Send the Content-Type named in `detail`; for most calls it is application/json.',
  },
  upgrade_required: {
    status: 426,
    title: 'This address is for WebSockets',
    advice: 'Connect with a WebSocket client to ws://<this server>/v1/ws, or make the calls over HTTP.',
  },
  idempotency_conflict: {
    status: 422,
    title: 'This Idempotency-Key was used with another body',
    advice: 'Use a new key for a new job.',
  },
  unknown_kind: {
    status: 400,
    title: 'No handler of that kind',
    advice: 'Use one of the kinds listed in the message.',
  },
  unknown_provider: {
    status: 400,
    title: 'No provider of that name',
    advice: 'Use one of the providers in the policy.',
  },
  queue_full: { status: 429, title: 'Too many jobs are waiting', advice: 'Try again after the time in Retry-After.' },
  rate_limited: { status: 429, title: 'Too many requests at once', advice: 'Try again after the time in Retry-After.' },
  internal: {
    status: 500,
    title: 'Something went wrong in the server',
    advice: 'Try again. If it happens again, give the requestId to the operator.',
  },
  store_unavailable: {
    status: 503,
    title: 'Redis cannot be reached',
    advice: 'Nothing was accepted. Try again after the time in Retry-After.',
  },
  outcome_unknown: {
    status: 503,
    title: 'Redis did not confirm a write in time: it may or may not have happened',
    advice: 'Send the request again. With the same Idempotency-Key a job is accepted at most once.',
  },
} as const satisfies Record<string, { status: number; title: string; advice: string }>;
export type ErrorCode = keyof typeof ERRORS;

/** One problem of a request. `path` is a JSON pointer into its body or parameters. */
export interface FieldError {
  path: string;
  message: string;
}

/** An error for the caller: a code of the table, and a message with what was expected and what was given. */
export class LeewayError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: { errors?: FieldError[]; retryAfterS?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: details.cause });
    this.name = 'LeewayError';
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
}

/** A problem document (RFC 9457). */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: ErrorCode;
  detail: string;
  advice: string;
  errors?: FieldError[];
}

export function toProblem(error: LeewayError): Problem {
  const entry = ERRORS[error.code];
  return {
    type: `/docs/errors#${error.code}`,
    title: entry.title,
    status: entry.status,
    code: error.code,
    detail: error.message,
    advice: entry.advice,
    ...(error.details.errors === undefined ? {} : { errors: error.details.errors }),
  };
}

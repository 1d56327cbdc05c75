import { ERRORS, type ErrorCode, type FieldError, type Problem } from '@leeway/contract';

/** Codes and advice for failures before a reply of the API has arrived. */
export const TRANSPORT_ERRORS = {
  unreachable: 'Check that Leeway is running (npm start) and that the address is right.',
  timed_out: 'Try again; if it stays, look at /readyz of the API.',
  unexpected_reply: 'Check that the address is that of a Leeway API and not of something else.',
} as const;
export type TransportErrorCode = keyof typeof TRANSPORT_ERRORS;

export interface ApiErrorFacts {
  code: ErrorCode | TransportErrorCode;
  /** What was expected and what was given. */
  detail: string;
  /** HTTP status; absent: there was no reply. */
  status?: number;
  /** What to do about it; absent: the advice of the table of codes. */
  advice?: string;
  requestId?: string;
  /** The invalid fields of the request. */
  errors?: FieldError[];
  /** Milliseconds that the server asks to wait before the next try. */
  retryAfterMs?: number;
  cause?: unknown;
}

/** Every failure of a call: a refusal of the API, or a missing reply. Branch on `code`; show `detail` and `advice`. */
export class ApiError extends Error {
  readonly code: ErrorCode | TransportErrorCode;
  readonly status: number | undefined;
  readonly detail: string;
  readonly advice: string;
  readonly requestId: string | undefined;
  readonly errors: readonly FieldError[];
  readonly retryAfterMs: number | undefined;

  constructor(facts: ApiErrorFacts) {
    super(`${facts.code}: ${facts.detail}`, { cause: facts.cause });
    this.name = 'ApiError';
    this.code = facts.code;
    this.status = facts.status;
    this.detail = facts.detail;
    this.advice = facts.advice ?? adviceFor(facts.code);
    this.requestId = facts.requestId;
    this.errors = facts.errors ?? [];
    this.retryAfterMs = facts.retryAfterMs;
  }

  /** True: the same call may succeed a little later. Whether a repetition is safe depends on the call. */
  get transient(): boolean {
    if (this.status !== undefined) return TRANSIENT_STATUS.includes(this.status);
    return this.code === 'unreachable' || this.code === 'timed_out';
  }

  /** For `--json` and logs; absent facts are left out. */
  toJSON(): object {
    const { code, status, detail, advice, requestId, errors } = this;
    return { code, status, detail, advice, requestId, ...(errors.length > 0 ? { errors } : {}) };
  }
}

/** Too many requests, bad gateway, unavailable, gateway timeout. */
const TRANSIENT_STATUS: readonly number[] = [429, 502, 503, 504];

function adviceFor(code: ErrorCode | TransportErrorCode): string {
  return code in TRANSPORT_ERRORS ? TRANSPORT_ERRORS[code as TransportErrorCode] : ERRORS[code as ErrorCode].advice;
}

/** The ApiError for a status other than 2xx: from the problem document of the API, or from whatever another server sent. */
export function errorFromReply(response: Response, body: string): ApiError {
  const requestId = response.headers.get('x-request-id') ?? undefined;
  const retryAfterMs = readRetryAfter(response.headers.get('retry-after'));
  const problem = readProblem(body);
  if (problem === undefined) {
    const detail = `${response.url} answered ${response.status} without a problem document`;
    return new ApiError({ code: 'unexpected_reply', detail, status: response.status, requestId, retryAfterMs });
  }
  const { code, detail, advice, errors } = problem;
  return new ApiError({ code, detail, advice, errors, status: response.status, requestId, retryAfterMs });
}

function readProblem(body: string): Problem | undefined {
  try {
    const value = JSON.parse(body) as Partial<Problem> | null;
    const isProblem = typeof value?.code === 'string' && typeof value.detail === 'string';
    // A code of a newer server, unknown here, keeps the advice of its reply.
    return isProblem ? ({ ...value, advice: value.advice ?? '' } as Problem) : undefined;
  } catch {
    return undefined;
  }
}

const SECOND_MS = 1_000;

/** Reads only the form in seconds, which the API sends: a date would need clocks that agree. */
function readRetryAfter(value: string | null): number | undefined {
  const seconds = value === null || value === '' ? Number.NaN : Number(value);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * SECOND_MS : undefined;
}

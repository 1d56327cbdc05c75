import { ApiError, errorFromReply } from './api-error.js';
import { DEFAULT_BACK_OFF, pause, pauseMs, type BackOff } from './back-off.js';
import { startTimeLimit, type TimeLimit } from './time-limit.js';

export interface TransportOptions {
  /** Address of the API, e.g. `http://127.0.0.1:3000`. */
  url: string;
  /** API key; absent where the API needs none. */
  key?: string;
  /** Milliseconds until a call without a reply fails with `timed_out`. Default 10,000: the API itself replies within 2 s. */
  timeoutMs?: number;
  /** Milliseconds during which a failed call is repeated where that is safe. Default 10,000; 0: never. */
  retryForMs?: number;
  /** Pauses between repetitions. Default: 100 ms, doubling up to 5 s. */
  backOff?: BackOff;
  /** A number of 0 to 1 that spreads the pauses of many clients. Default Math.random. */
  random?: () => number;
}

export interface Call {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  path: string;
  query?: Record<string, string | number | undefined>;
  /** Sent as JSON. */
  body?: unknown;
  /** Sent unchanged, with the content type in `headers`. */
  text?: string;
  headers?: Record<string, string>;
  /** Milliseconds on top of the usual limit, for a call that the server answers late on purpose. */
  holdMs?: number;
  /** Idempotent: twice has the same effect as once, as for GET, cancel, or a submission with an Idempotency-Key. */
  repeatable: boolean;
  signal?: AbortSignal;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_RETRY_FOR_MS = 10_000;
/** Milliseconds without a byte until a download is given up. */
const DOWNLOAD_SILENCE_MS = 30_000;

/** HTTP calls to one API: addresses, the key, time limits, errors, and repetition where that is safe. */
export class Transport {
  readonly timeoutMs: number;
  readonly backOff: BackOff;
  readonly random: () => number;
  private readonly base: string;
  private readonly key: string | undefined;
  private readonly retryForMs: number;

  /** Throws a TypeError when `url` is no http or https address. */
  constructor(options: TransportOptions) {
    const url = URL.canParse(options.url) ? new URL(options.url) : { protocol: '', href: '' };
    if (url.protocol !== 'http:' && url.protocol !== 'https:')
      throw new TypeError(`expected an http or https address; got "${options.url}"`);
    this.base = url.href.replace(/\/+$/, '');
    this.key = options.key;
    this.timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.retryForMs = options.retryForMs ?? DEFAULT_RETRY_FOR_MS;
    this.backOff = options.backOff ?? DEFAULT_BACK_OFF;
    this.random = options.random ?? Math.random;
  }

  /** The reply as JSON. Throws ApiError, or the reason of the caller's signal. */
  async json<T>(call: Call): Promise<T> {
    const giveUpAt = performance.now() + this.retryForMs;
    for (let tries = 1; ; tries++) {
      try {
        return await this.jsonOnce<T>(call);
      } catch (error) {
        if (!(error instanceof ApiError) || !error.transient || !call.repeatable) throw error;
        const waitMs = pauseMs(tries, { backOff: this.backOff, askedMs: error.retryAfterMs, random: this.random });
        if (performance.now() + waitMs >= giveUpAt) throw error;
        await pause(waitMs, call.signal);
      }
    }
  }

  /** The body of a reply as text, piece by piece. Throws ApiError when it is refused or breaks off. */
  async *download(call: Call): AsyncGenerator<string> {
    const limit = startTimeLimit(this.timeoutMs, call.signal);
    const decoder = new TextDecoder();
    try {
      const response = await this.open(call, limit);
      for await (const chunk of response.body ?? []) {
        limit.restart(DOWNLOAD_SILENCE_MS);
        yield decoder.decode(chunk, { stream: true });
      }
      yield decoder.decode();
    } catch (error) {
      throw this.translate(error, limit, call);
    } finally {
      limit.clear();
    }
  }

  /** One try, whose body the caller reads under `limit`. Throws ApiError unless the status is 2xx. */
  async open(call: Call, limit: TimeLimit): Promise<Response> {
    try {
      const response = await fetch(this.address(call), {
        method: call.method,
        headers: this.headers(call),
        // Absent fields stay absent: JSON.stringify leaves `undefined` out, and nothing here turns it into null or 0.
        body: call.text ?? (call.body === undefined ? undefined : JSON.stringify(call.body)),
        redirect: 'error',
        signal: limit.signal,
      });
      if (!response.ok) throw errorFromReply(response, await response.text());
      return response;
    } catch (error) {
      throw this.translate(error, limit, call);
    }
  }

  /** The error for the caller where a fetch failed or a body broke off: an ApiError, or the reason of its own signal. */
  translate(error: unknown, limit: TimeLimit, call: Call): unknown {
    if (error instanceof ApiError) return error;
    if (call.signal?.aborted === true) return call.signal.reason;
    if (limit.expired)
      return new ApiError({
        code: 'timed_out',
        detail: `no reply to ${call.method} ${call.path} from ${this.base} in time`,
      });
    return new ApiError({
      code: 'unreachable',
      detail: `cannot reach ${this.base}: ${reasonOf(error)}`,
      cause: error,
    });
  }

  private async jsonOnce<T>(call: Call): Promise<T> {
    const limit = startTimeLimit(this.timeoutMs + (call.holdMs ?? 0), call.signal);
    try {
      const response = await this.open(call, limit);
      const text = await response.text();
      return parseReply<T>(response, text);
    } catch (error) {
      throw this.translate(error, limit, call);
    } finally {
      limit.clear();
    }
  }

  private address(call: Call): string {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(call.query ?? {})) {
      if (value !== undefined) query.set(name, String(value));
    }
    return `${this.base}${call.path}${query.size > 0 ? `?${query}` : ''}`;
  }

  private headers(call: Call): Record<string, string> {
    return {
      accept: 'application/json',
      ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(this.key === undefined ? {} : { authorization: `Bearer ${this.key}` }),
      ...call.headers,
    };
  }
}

function parseReply<T>(response: Response, text: string): T {
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new ApiError({
      code: 'unexpected_reply',
      detail: `${response.url} answered something that is not JSON`,
      status: response.status,
      cause,
    });
  }
}

/** The innermost cause: fetch wraps the informative error ("connect ECONNREFUSED ...") once or twice. */
function reasonOf(error: unknown): string {
  let innermost = error;
  while (innermost instanceof Error && innermost.cause !== undefined) innermost = innermost.cause;
  const { code, message } = innermost as { code?: string; message?: string };
  if (code !== undefined && code in CONNECTION_REASONS) return CONNECTION_REASONS[code] as string;
  return message || code || String(innermost);
}

const CONNECTION_REASONS: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'the host name is not known',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
};

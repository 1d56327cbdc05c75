import type { IncomingHttpHeaders } from 'node:http';

const MS_PER_S = 1_000;
/** A number above this counts milliseconds since 1970, one below seconds: the year 5138 in seconds, 1973 in milliseconds. */
const SMALLEST_EPOCH_MS = 1e11;
/** A number below this is no time of the day but a span. */
const SMALLEST_EPOCH_S = 1e9;
const UNITS_MS: Record<string, number> = { h: 3_600_000, m: 60_000, s: MS_PER_S, ms: 1 };
const SPAN = /^(?:\d+(?:\.\d+)?(?:ms|h|m|s))+$/;

/**
 * When a limit is reset, in ms from now, as far as the headers of the answer say so without a Retry-After:
 * `x-ratelimit-reset` (seconds, or a time since 1970), and `x-ratelimit-reset-requests` and `-tokens` of the one that has
 * nothing remaining (`6m0s`). Undefined: they do not say.
 */
export function resetInMs(headers: IncomingHttpHeaders, nowMs: number): number | undefined {
  const serverMs = Date.parse(String(headers.date));
  const nowThereMs = Number.isNaN(serverMs) ? nowMs : serverMs;
  const used = ['requests', 'tokens'].filter((what) => headers[`x-ratelimit-remaining-${what}`] === '0');
  const waits = [
    timeToWait(headers['x-ratelimit-reset'], nowThereMs),
    ...used.map((what) => timeToWait(headers[`x-ratelimit-reset-${what}`], nowThereMs)),
  ].filter((wait) => wait !== undefined);
  return waits.length === 0 ? undefined : Math.max(...waits);
}

/**
 * The same as an error object says it: `resets_in_seconds`, `resets_at` (a time since 1970, or ISO 8601), and Google's
 * `retryDelay` among its `details`.
 */
export function resetInErrorMs(error: Record<string, unknown>, nowMs: number): number | undefined {
  const { resets_in_seconds: seconds, resets_at: at, details } = error;
  if (typeof seconds === 'number' && seconds >= 0) return Math.ceil(seconds * MS_PER_S);
  const delays = Array.isArray(details)
    ? details.map((detail: unknown) => (detail as { retryDelay?: unknown } | null)?.retryDelay)
    : [];
  const delay = delays.find((value) => typeof value === 'string' && SPAN.test(value));
  return timeToWait(at, nowMs) ?? timeToWait(delay, nowMs);
}

function timeToWait(value: unknown, nowMs: number): number | undefined {
  if (typeof value === 'string' && SPAN.test(value)) return spanMs(value);
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && number >= 0 && Number.isFinite(number)) {
    if (number < SMALLEST_EPOCH_S) return Math.ceil(number * MS_PER_S);
    return Math.max(0, Math.ceil((number < SMALLEST_EPOCH_MS ? number * MS_PER_S : number) - nowMs));
  }
  const atMs = typeof value === 'string' && ISO.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}

const ISO = /^\d{4}-\d\d-\d\dT/;

/** `1h2m3.5s`, `120ms`. */
function spanMs(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)];
  return Math.ceil(parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS_MS[unit as string] ?? 0), 0));
}

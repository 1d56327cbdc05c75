import type { IncomingHttpHeaders } from 'node:http';

/** When a provider takes calls again, in whole milliseconds from now, in every form that providers use. */

const MS_PER_S = 1_000;
/** A number from here on is milliseconds since 1970, a smaller one seconds: 1973 in the one, the year 5138 in the other. */
const SMALLEST_EPOCH_MS = 1e11;
/** A number below this is a duration in seconds, and no time since 1970. */
const SMALLEST_EPOCH_S = 1e9;
const UNITS_MS: Record<string, number> = { h: 3_600_000, m: 60_000, s: MS_PER_S, ms: 1 };
const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|h|m|s))+$/;
const ISO_TIME = /^\d{4}-\d\d-\d\dT/;

/**
 * `retry-after-ms`, or `Retry-After` in seconds or as a date. A date is compared with the response's own `Date`, so that
 * the clocks of the two machines need not agree. Undefined: neither is there in a readable form.
 */
export function retryAfterMs(headers: IncomingHttpHeaders): number | undefined {
  const exactMs = decimal(headers['retry-after-ms']);
  if (exactMs !== undefined) return Math.ceil(exactMs);
  const value = headers['retry-after'];
  const seconds = decimal(value);
  if (seconds !== undefined) return Math.ceil(seconds * MS_PER_S);
  const waitMs = httpDateMs(value) - httpDateMs(headers.date);
  return Number.isNaN(waitMs) ? undefined : Math.max(0, waitMs);
}

/**
 * `x-ratelimit-reset` (seconds, or a time since 1970), and those of `x-ratelimit-reset-requests` and `-tokens` (`6m0s`) whose
 * `x-ratelimit-remaining-*` is 0; the longest of them. Undefined: there is none.
 */
export function rateLimitResetMs(headers: IncomingHttpHeaders, nowMs: number): number | undefined {
  const serverMs = Date.parse(String(headers.date));
  const serverNowMs = Number.isNaN(serverMs) ? nowMs : serverMs;
  const exhausted = ['requests', 'tokens'].filter((unit) => headers[`x-ratelimit-remaining-${unit}`] === '0');
  const waits = [
    waitUntilMs(headers['x-ratelimit-reset'], serverNowMs),
    ...exhausted.map((unit) => waitUntilMs(headers[`x-ratelimit-reset-${unit}`], serverNowMs)),
  ].filter((wait) => wait !== undefined);
  return waits.length === 0 ? undefined : Math.max(...waits);
}

/**
 * In an error object: `resets_in_seconds`, `resets_at` (a time since 1970, or ISO 8601), or Google's `retryDelay` among its
 * `details`. Undefined: there is none.
 */
export function errorResetMs(error: Record<string, unknown>, nowMs: number): number | undefined {
  const { resets_in_seconds: seconds, resets_at: at, details } = error;
  if (typeof seconds === 'number' && seconds >= 0) return Math.ceil(seconds * MS_PER_S);
  const delays = Array.isArray(details)
    ? details.map((detail: unknown) => (detail as { retryDelay?: unknown } | null)?.retryDelay)
    : [];
  const delay = delays.find((value) => typeof value === 'string' && DURATION.test(value));
  return waitUntilMs(at, nowMs) ?? waitUntilMs(delay, nowMs);
}

/** `value`: a duration, seconds, a time since 1970, or an ISO time. */
function waitUntilMs(value: unknown, nowMs: number): number | undefined {
  if (typeof value === 'string' && DURATION.test(value)) return durationMs(value);
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && number >= 0 && Number.isFinite(number)) {
    if (number < SMALLEST_EPOCH_S) return Math.ceil(number * MS_PER_S);
    return Math.max(0, Math.ceil((number < SMALLEST_EPOCH_MS ? number * MS_PER_S : number) - nowMs));
  }
  const atMs = typeof value === 'string' && ISO_TIME.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}

/** `1h2m3.5s`, `120ms`. */
function durationMs(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)];
  return Math.ceil(parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS_MS[unit as string] ?? 0), 0));
}

function decimal(value: string | string[] | undefined): number | undefined {
  return typeof value === 'string' && /^\s*\d{1,9}(\.\d{1,6})?\s*$/.test(value) ? Number(value) : undefined;
}

/** NaN for anything else: `Date.parse` alone takes "-5" for a month. */
function httpDateMs(value: string | undefined): number {
  return value !== undefined && /^[A-Z][a-z]{2}, .+ GMT$/.test(value) ? Date.parse(value) : Number.NaN;
}

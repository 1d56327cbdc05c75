import type { IncomingHttpHeaders } from 'node:http';

/**
 * How long a provider asks to wait, in whole milliseconds from now: `retry-after-ms`, or `Retry-After` in seconds or as
 * a date. A date is compared with the answer's own `Date`, so that the clocks of the two machines need not agree.
 * Undefined: it does not ask, or not in a readable way.
 */
export function retryAfterMs(headers: IncomingHttpHeaders): number | undefined {
  const exact = number(headers['retry-after-ms']);
  if (exact !== undefined) return Math.ceil(exact);
  const asked = headers['retry-after'];
  const seconds = number(asked);
  if (seconds !== undefined) return Math.ceil(seconds * MS_PER_S);
  const waitMs = httpDateMs(asked) - httpDateMs(headers.date);
  return Number.isNaN(waitMs) ? undefined : Math.max(0, waitMs);
}

const MS_PER_S = 1_000;

function number(value: string | string[] | undefined): number | undefined {
  return typeof value === 'string' && /^\s*\d{1,9}(\.\d{1,6})?\s*$/.test(value) ? Number(value) : undefined;
}

/** NaN for anything else: `Date.parse` alone takes "-5" for a month. */
function httpDateMs(value: string | undefined): number {
  return value !== undefined && /^[A-Z][a-z]{2}, .+ GMT$/.test(value) ? Date.parse(value) : Number.NaN;
}

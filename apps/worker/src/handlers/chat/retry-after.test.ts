import { expect, test } from 'vitest';
import { errorResetMs, rateLimitResetMs, retryAfterMs } from './retry-after.js';

const DATE = 'Sat, 21 Nov 2026 10:00:00 GMT';
const DATE_MS = Date.parse(DATE);
/** The worker's own clock is an hour behind. */
const NOW_MS = DATE_MS - 3_600_000;

test.each([
  ['seconds', { 'retry-after': '7' }, 7_000],
  ['parts of a second', { 'retry-after': '0.25' }, 250],
  ['milliseconds, which are more exact', { 'retry-after': '1', 'retry-after-ms': '320' }, 320],
  ['a date, by the clock of the server', { date: DATE, 'retry-after': 'Sat, 21 Nov 2026 10:01:00 GMT' }, 60_000],
  ['a date in the past', { date: DATE, 'retry-after': 'Sat, 21 Nov 2026 09:00:00 GMT' }, 0],
  ['a date, from a server without a Date header', { 'retry-after': 'Sat, 21 Nov 2026 10:01:00 GMT' }, undefined],
  ['nothing', {}, undefined],
  ['nonsense', { date: DATE, 'retry-after': 'soon' }, undefined],
  ['a negative number', { date: DATE, 'retry-after': '-5' }, undefined],
  ['infinity', { 'retry-after': 'Infinity' }, undefined],
])('Retry-After with %s is read as milliseconds from now', (_, headers, expected) => {
  expect(retryAfterMs(headers)).toBe(expected);
});

test.each([
  ['seconds', { 'x-ratelimit-reset': '90' }, 90_000],
  [
    'a time in seconds, by the clock of the server',
    { date: DATE, 'x-ratelimit-reset': String(DATE_MS / 1_000 + 60) },
    60_000,
  ],
  ['a time in milliseconds', { date: DATE, 'x-ratelimit-reset': String(DATE_MS + 1_500) }, 1_500],
  ['a time, from a server without a Date header', { 'x-ratelimit-reset': String(DATE_MS / 1_000) }, 3_600_000],
  ['a time in the past', { date: DATE, 'x-ratelimit-reset': String(DATE_MS / 1_000 - 60) }, 0],
  [
    'durations, of which only that of the exhausted limit counts',
    {
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '6m0s',
      'x-ratelimit-remaining-tokens': '900',
      'x-ratelimit-reset-tokens': '1h',
    },
    360_000,
  ],
  ['parts of a second', { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '1m2.5s' }, 62_500],
  ['milliseconds', { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '120ms' }, 120],
  ['nothing', {}, undefined],
  ['no exhausted limit', { 'x-ratelimit-remaining-requests': '5', 'x-ratelimit-reset-requests': '1s' }, undefined],
  ['nonsense', { 'x-ratelimit-reset': 'soon' }, undefined],
  ['a negative number', { 'x-ratelimit-reset': '-5' }, undefined],
])('rate limit headers with %s are read as milliseconds from now (F145)', (_, headers, expected) => {
  expect(rateLimitResetMs(headers, NOW_MS)).toBe(expected);
});

test.each([
  ['seconds, which count before a time', { resets_in_seconds: 12.5, resets_at: 1 }, 12_500],
  ['a time in seconds', { resets_at: DATE_MS / 1_000 }, 3_600_000],
  ['an ISO time', { resets_at: '2026-11-21T09:00:10Z' }, 10_000],
  ['a delay among its details', { details: [{ reason: 'x' }, null, { retryDelay: '34.07s' }] }, 34_070],
  ['nothing', {}, undefined],
  ['values of other types', { resets_in_seconds: '1', resets_at: {}, details: 'x' }, undefined],
])('an error object with %s is read as milliseconds from now (F145)', (_, error, expected) => {
  expect(errorResetMs(error, NOW_MS)).toBe(expected);
});

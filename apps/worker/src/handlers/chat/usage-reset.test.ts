import { expect, test } from 'vitest';
import { resetInErrorMs, resetInMs } from './usage-reset.js';

const DATE = 'Sat, 21 Nov 2026 10:00:00 GMT';
const AT_MS = Date.parse(DATE);
/** The worker's own clock is an hour behind. */
const NOW_MS = AT_MS - 3_600_000;

test.each([
  ['seconds', { 'x-ratelimit-reset': '90' }, 90_000],
  [
    'a time in seconds, by the clock of the server',
    { date: DATE, 'x-ratelimit-reset': String(AT_MS / 1_000 + 60) },
    60_000,
  ],
  ['a time in milliseconds', { date: DATE, 'x-ratelimit-reset': String(AT_MS + 1_500) }, 1_500],
  ['a time, from a server that does not tell the time', { 'x-ratelimit-reset': String(AT_MS / 1_000) }, 3_600_000],
  ['a time that is over', { date: DATE, 'x-ratelimit-reset': String(AT_MS / 1_000 - 60) }, 0],
  [
    'spans, of what is used up only',
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
  ['nothing used up', { 'x-ratelimit-remaining-requests': '5', 'x-ratelimit-reset-requests': '1s' }, undefined],
  ['nonsense', { 'x-ratelimit-reset': 'soon' }, undefined],
  ['less than nothing', { 'x-ratelimit-reset': '-5' }, undefined],
])('a header says %s (F145)', (_, headers, expected) => {
  expect(resetInMs(headers, NOW_MS)).toBe(expected);
});

test.each([
  ['seconds to go', { resets_in_seconds: 12.5, resets_at: 1 }, 12_500],
  ['a time in seconds', { resets_at: AT_MS / 1_000 }, 3_600_000],
  ['a time in words', { resets_at: '2026-11-21T09:00:10Z' }, 10_000],
  ['a delay among the details', { details: [{ reason: 'x' }, null, { retryDelay: '34.07s' }] }, 34_070],
  ['nothing', {}, undefined],
  ['other types', { resets_in_seconds: '1', resets_at: {}, details: 'x' }, undefined],
])('an error says %s (F145)', (_, error, expected) => {
  expect(resetInErrorMs(error, NOW_MS)).toBe(expected);
});

import { expect, test } from 'vitest';
import { retryAfterMs } from './retry-after.js';

const NOW = 'Sat, 21 Nov 2026 10:00:00 GMT';

test.each([
  ['seconds', { 'retry-after': '7' }, 7_000],
  ['parts of a second', { 'retry-after': '0.25' }, 250],
  ['milliseconds, which are more exact', { 'retry-after': '1', 'retry-after-ms': '320' }, 320],
  ['a date, by the clock of the server', { date: NOW, 'retry-after': 'Sat, 21 Nov 2026 10:01:00 GMT' }, 60_000],
  ['a date that is over', { date: NOW, 'retry-after': 'Sat, 21 Nov 2026 09:00:00 GMT' }, 0],
  ['a date, from a server that does not tell the time', { 'retry-after': 'Sat, 21 Nov 2026 10:01:00 GMT' }, undefined],
  ['nothing', {}, undefined],
  ['nonsense', { date: NOW, 'retry-after': 'soon' }, undefined],
  ['less than nothing', { date: NOW, 'retry-after': '-5' }, undefined],
  ['endless', { 'retry-after': 'Infinity' }, undefined],
])('%s', (_, headers, expected) => {
  expect(retryAfterMs(headers)).toBe(expected);
});

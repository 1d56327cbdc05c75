import { expect, test } from 'vitest';
import { parsePolicy } from './policy.js';
import { longestCallsMs, longestPausesMs, type ProviderPolicy } from './providers.js';

const baseUrl = 'http://127.0.0.1:1/v1';

function provider(changes: object = {}): ProviderPolicy {
  return parsePolicy({ providers: { local: { baseUrl, ...changes } } }).providers['local'] as ProviderPolicy;
}

test('the pauses between calls double up to the longest, each at the upper end of its jitter', () => {
  const pauses = { retries: 6, retryBackoffMs: 500 };
  expect(longestPausesMs(pauses)).toBe(1_000 + 2_000 + 4_000 + 8_000 + 10_000 + 10_000);
});

test('calls with a limit take it once for each call, with the pauses (F138)', () => {
  expect(longestCallsMs(provider({ callMs: 20_000 }))).toBe(3 * 20_000 + 3_000);
  expect(longestCallsMs(provider())).toBe(3_000);
});

test.each([
  [
    'callMs',
    { callMs: 200_000 },
    'callMs x (1 + retries) + the pauses between them (603000) has to be less than kinds.chat.priorMs (600000)',
  ],
  ['retryBackoffMs', { retryBackoffMs: 20_000 }, '/providers/local/retryBackoffMs: expected at most 10000'],
  ['breakerOpenMs', { breakerOpenMs: 400_000 }, '/providers/local/breakerOpenMs: expected at most 300000'],
  ['usageLimitMs', { maxParkMs: 1_000 }, 'providers.local.usageLimitMs (900000) is above'],
])('a policy with a contradiction in %s is refused with the numbers', (_, changes, message) => {
  expect(() => provider(changes)).toThrow(message);
});

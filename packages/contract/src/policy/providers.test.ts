import { expect, test } from 'vitest';
import { parsePolicy } from './policy.js';
import { longestCallsMs, longestPausesMs, type ProviderPolicy } from './providers.js';

const baseUrl = 'http://127.0.0.1:1/v1';

function provider(changes: object = {}): ProviderPolicy {
  return parsePolicy({ providers: { local: { baseUrl, ...changes } } }).providers['local'] as ProviderPolicy;
}

test('the pauses double up to their longest, with full jitter counted at its most', () => {
  const pauses = { retries: 6, retryBackoffMs: 500 };
  expect(longestPausesMs(pauses)).toBe(1_000 + 2_000 + 4_000 + 8_000 + 10_000 + 10_000);
});

test('calls with a limit of their own take that many times as long, and the pauses (F138)', () => {
  expect(longestCallsMs(provider({ callMs: 20_000 }))).toBe(3 * 20_000 + 3_000);
  expect(longestCallsMs(provider())).toBe(3_000);
});

test.each([
  [
    'callMs',
    { callMs: 200_000 },
    'callMs x (1 + retries) + the pauses between them (603000) has to be less than kinds.chat.priorMs (600000)',
  ],
  ['retryBackoffMs', { retryBackoffMs: 20_000 }, '/providers/local/retryBackoffMs: expected number to be <=10000'],
  ['breakerOpenMs', { breakerOpenMs: 400_000 }, '/providers/local/breakerOpenMs: expected number to be <=300000'],
  ['usageLimitMs', { maxParkMs: 1_000 }, 'providers.local.usageLimitMs (900000) is above'],
])('a policy whose %s cannot hold is refused with the numbers', (_, changes, message) => {
  expect(() => provider(changes)).toThrow(message);
});

import { z } from 'zod';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../format/duration.js';
import { count, ms, setting } from './setting.js';

const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

const baseUrlSchema = z
  .url({ protocol: /^https?$/, error: 'expected an address that starts with http:// or https://' })
  .refine((text) => !/[?#]/.test(text), 'expected an address without query or fragment')
  .refine((text) => !hasUserPart(text), 'expected an address without user and password; name a variable in apiKeyEnv')
  .describe('Up to and with the version, e.g. http://127.0.0.1:11434/v1');

function hasUserPart(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && (url.username !== '' || url.password !== '');
}

/** Longest pause before a retry of a call, unless the provider asks for more: the attempt occupies its worker meanwhile. */
export const MAX_RETRY_BACKOFF_MS = 10_000;

/** Longest time between two probes of an open circuit: jobs wait at most this long after the provider is back. */
export const MAX_OPEN_MS = 5 * MINUTE_MS;

/** A server with the chat completions API of OpenAI. */
export const providerSchema = z.strictObject({
  baseUrl: baseUrlSchema,
  apiKeyEnv: z
    .string()
    .regex(ENV_NAME, 'expected the name of an environment variable, not the secret itself')
    .optional()
    .describe('Environment variable of the worker that holds the secret; absent: no key is sent'),
  concurrency: setting(count(1, 10_000), 16, {
    meaning: 'Calls in flight for each worker',
    unit: 'calls',
    reason: 'Most plans allow more; a local server queues calls itself',
  }),
  countThinking: setting(z.boolean(), true, {
    meaning: 'Whether tokens of hidden thinking count as first output and as activity',
    unit: 'yes or no',
    reason: 'A model that streams its thinking for a minute is at work',
  }),
  streamUsage: setting(z.boolean(), true, {
    meaning: 'Ask for the token counts at the end of the stream (stream_options.include_usage)',
    unit: 'yes or no',
    reason: 'Known servers accept it; switch it off for one that answers 400 to it',
  }),
  callMs: setting(ms(100, DAY_MS).nullable(), null, {
    meaning:
      'Limit of one call to a model, from its request to the end of its response; null: the remaining time of the attempt',
    unit: 'ms',
    reason: 'The deadline of the attempt is learned; a fixed limit below it would end long healthy responses',
  }),
  startUpMs: setting(ms(0, HOUR_MS).nullable(), null, {
    meaning:
      'Time that this server may take to load a model: added to the first-output window of a cold attempt, unless the submission names that window, until start-up times are learned; null: 30 s, added to learned windows only',
    unit: 'ms',
    reason: 'Hosted models are always loaded; give a local server what its largest model takes',
  }),
  retries: setting(count(0, 10), 2, {
    meaning: 'Retries of a call that failed before its first token, within one attempt and for each model',
    unit: 'calls',
    reason: 'Most passing faults are over at the second or third call; more retries belong to the next attempt',
  }),
  retryBackoffMs: setting(ms(0, MAX_RETRY_BACKOFF_MS), 500, {
    meaning: 'Mean pause before the first retry of a call; doubles from there up to 10 s, with full jitter',
    unit: 'ms',
    reason: 'Hardly noticed by a person who watches',
  }),
  breakerFailures: setting(count(0, 10_000), 5, {
    meaning:
      'Failed calls of all workers within 30 s that open the circuit, where half of the newest calls failed; 0: it never opens',
    unit: 'calls',
    reason: 'Fewer can be chance; with more, jobs wait in vain',
  }),
  breakerOpenMs: setting(ms(10, MAX_OPEN_MS), 5_000, {
    meaning:
      'An open circuit admits one job as a probe after this long; doubles with each probe that fails, up to 5 min',
    unit: 'ms',
    reason: 'About as long as the restart of a server',
  }),
  usageLimitMs: setting(ms(100, DAY_MS), 15 * MINUTE_MS, {
    meaning:
      'Time that a usage limit parks the jobs of the provider when its response names no reset; doubles while the limit lasts',
    unit: 'ms',
    reason: 'Few useless calls, and short enough for limits that are reset within the hour',
  }),
  maxParkMs: setting(ms(100, 31 * DAY_MS), DAY_MS, {
    meaning: 'Longest park of a provider, whatever its response asks for; then one job is admitted as a probe',
    unit: 'ms',
    reason: 'Most limits are daily; a wrong header must not park work for ever',
  }),
});
export type ProviderPolicy = z.output<typeof providerSchema>;

/** Longest pause before each retry of one call, in ms, without a Retry-After. */
export function longestPauses({ retries, retryBackoffMs }: RetryPolicy): number[] {
  return Array.from({ length: retries }, (_, i) => Math.min(2 * retryBackoffMs * 2 ** i, MAX_RETRY_BACKOFF_MS));
}

/** Sum of the longest pauses, in ms. */
export function longestPausesMs(provider: RetryPolicy): number {
  return longestPauses(provider).reduce((sum, pause) => sum + pause, 0);
}
type RetryPolicy = Pick<ProviderPolicy, 'retries' | 'retryBackoffMs'>;

/**
 * Longest time of the calls to one model, in ms: callMs x (1 + retries) + the pauses. Without callMs only the pauses count: the
 * calls then share the remaining time of the attempt.
 */
export function longestCallsMs(provider: RetryPolicy & Pick<ProviderPolicy, 'callMs'>): number {
  return (provider.callMs ?? 0) * (1 + provider.retries) + longestPausesMs(provider);
}

/** Contradictions in the providers of a policy, a line each. `attemptMs`: the deadline of a chat without history. */
export function providerProblems(providers: Record<string, ProviderPolicy>, attemptMs: number): string[] {
  return Object.entries(providers).flatMap(([name, provider]) => {
    const { usageLimitMs, maxParkMs } = provider;
    const longestMs = longestCallsMs(provider);
    const problems: string[] = [];
    if (usageLimitMs > maxParkMs)
      problems.push(
        `  providers.${name}.usageLimitMs (${usageLimitMs}) is above providers.${name}.maxParkMs (${maxParkMs})`,
      );
    if (longestMs >= attemptMs)
      problems.push(
        `  providers.${name}: callMs x (1 + retries) + the pauses between them (${longestMs}) has to be less than kinds.chat.priorMs (${attemptMs})`,
      );
    return problems;
  });
}

import { z } from 'zod';
import { count, MINUTE_MS, ms, setting } from './setting.js';

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

/** A server that speaks OpenAI's chat completions. */
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
    reason: 'Most plans allow more; a local server queues them itself',
  }),
  countThinking: setting(z.boolean(), true, {
    meaning: 'Whether tokens of hidden thinking count as first output and as activity',
    unit: 'yes or no',
    reason: 'A model that thinks for a minute and shows it is at work',
  }),
  streamUsage: setting(z.boolean(), true, {
    meaning: 'Ask for the token counts at the end of the stream (stream_options.include_usage)',
    unit: 'yes or no',
    reason: 'Known servers accept it; switch it off for one that answers 400 to it',
  }),
  closingMs: setting(ms(0, MINUTE_MS), 2_000, {
    meaning:
      'How long the rest is waited for once the outcome is known: token counts after the finish reason, the text of an error',
    unit: 'ms',
    reason: 'A complete answer must not be lost to a server that forgets to close',
  }),
});
export type ProviderPolicy = z.output<typeof providerSchema>;

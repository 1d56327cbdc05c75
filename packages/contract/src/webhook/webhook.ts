import { z } from 'zod';
import { LeewayError, type FieldError } from '../errors.js';
import { WEBHOOK_EVENTS } from '../job/webhook-status.js';
import type { WebhooksPolicy } from '../policy/webhooks.js';
import { webhookRefusal } from './webhook-rules.js';

export const webhookSchema = z.strictObject({
  url: z.string().min(1).describe('Gets a POST; https, to a host on the internet that the policy allows'),
  events: z
    .array(z.enum(WEBHOOK_EVENTS))
    .min(1)
    .max(WEBHOOK_EVENTS.length)
    .optional()
    .describe('Events that it receives; absent: the end of the job'),
});
export type Webhook = z.output<typeof webhookSchema>;

/** Longest URL of a webhook: most servers accept this length. */
const MAX_URL_CHARS = 2_048;

/**
 * Checks the webhook of a submission. Throws LeewayError `invalid_request` for an address that cannot be called, and
 * `webhook_not_allowed` for one that the policy does not allow.
 */
export function checkWebhook(webhook: Webhook | undefined, policy: WebhooksPolicy): void {
  if (webhook === undefined) return;
  const { url: text } = webhook;
  if (text.length > MAX_URL_CHARS)
    throw refused('invalid_request', `expected at most ${MAX_URL_CHARS} characters; got ${text.length}`);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || /[\s\p{Cc}]/u.test(text))
    throw refused('invalid_request', 'expected an absolute address such as https://example.com/hooks/leeway');
  if (url.username !== '' || url.password !== '')
    throw refused('invalid_request', 'expected an address without user and password; verify the signature instead');
  if (url.hash !== '') throw refused('invalid_request', 'expected an address without a fragment; it is never sent');
  const refusal = webhookRefusal(url, policy);
  if (refusal !== undefined) throw refused('webhook_not_allowed', refusal);
}

function refused(code: 'invalid_request' | 'webhook_not_allowed', message: string): LeewayError {
  const errors: FieldError[] = [{ path: '/webhook/url', message }];
  return new LeewayError(code, `/webhook/url: ${message}`, { errors });
}

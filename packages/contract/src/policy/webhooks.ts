import { z } from 'zod';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../format/duration.js';
import { count, ms, setting } from './setting.js';

const HOST = /^(\*|(\*\.)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9A-Fa-f:]+)$/;
const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const originSchema = z
  .url({ protocol: /^https?$/, error: 'expected an origin such as http://127.0.0.1:8080' })
  .refine((text) => URL.canParse(text) && new URL(text).origin === text.replace(/\/$/, '').toLowerCase(), {
    error: 'expected scheme, host and port only, such as http://127.0.0.1:8080',
  });

/** Receivers of webhooks, and the tries of a delivery. */
export const webhooksPolicySchema = z.strictObject({
  allow: setting(z.array(z.string().regex(HOST, 'expected a host, *.example.com or *')).max(1_000), ['*'], {
    meaning:
      'Hosts that webhooks may go to, by https and at public addresses: a name, *.example.com for all names below one, * for every host; empty: none',
    unit: 'hosts',
    reason:
      'A webhook sends its submitter only what the API shows the same submitter, and cannot reach addresses of this machine or its networks; list hosts where jobs come from strangers',
  }),
  trustedOrigins: setting(z.array(originSchema).max(1_000), [], {
    meaning:
      'Origins that webhooks may go to whatever their address, scheme and port, such as http://127.0.0.1:8080, for receivers in your own network',
    unit: 'origins',
    reason: 'Submitters must not reach what only this machine can reach',
  }),
  ports: setting(z.array(count(1, 65_535)).min(1).max(100), [443, 8443], {
    meaning: 'Ports that webhooks may go to, except at trusted origins',
    unit: 'ports',
    reason: 'Where https is usually served',
  }),
  secretEnv: z
    .string()
    .regex(ENV_NAME, 'expected the name of an environment variable, not the secret itself')
    .optional()
    .meta({
      meaning: 'Environment variable of the workers that holds the secret for signatures; absent: they are not signed',
      unit: 'name',
      reason: 'A secret has no default',
    }),
  timeoutMs: setting(ms(100, 5 * MINUTE_MS), 10_000, {
    meaning: 'Time of one try, from the look-up of the name to the end of the response',
    unit: 'ms',
    reason: 'A receiver should store what it gets and respond at once',
  }),
  attempts: setting(count(1, 100), 10, {
    meaning: 'Most tries of one delivery; none begins more than a day after the end of the job',
    unit: 'tries',
    reason: 'With these pauses the last one comes about ten hours after the end of the job',
  }),
  backoffMs: setting(ms(0, HOUR_MS), 5 * SECOND_MS, {
    meaning:
      'Mean pause before the second try; triples from there up to six hours, with jitter from a half to one and a half',
    unit: 'ms',
    reason: 'A restart of the receiver takes about as long',
  }),
});
export type WebhooksPolicy = z.output<typeof webhooksPolicySchema>;
